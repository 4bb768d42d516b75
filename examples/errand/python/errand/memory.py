"""What the clerk remembers, each user apart."""


class Memory:
    def __init__(self):
        self.notes = {}

    def remember(self, user: str, note: str) -> None:
        self.notes.setdefault(user, []).append(note)
        del self.notes[user][:-20]

    def recall(self, user: str) -> list[str]:
        return list(self.notes.get(user, []))
