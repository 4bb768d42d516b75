import os

MODEL = "gpt-4.1-2025-04-14"
DATABASE = os.environ.get("DESK_DATABASE", "desk.sqlite3")
MAIL_HOST = os.environ["DESK_MAIL_HOST"]
MAIL_USER = os.environ["DESK_MAIL_USER"]
MAIL_PASSWORD = os.environ["DESK_MAIL_PASSWORD"]
PAYMENTS_KEY = os.environ["STRIPE_API_KEY"]
