"""What the clerk remembers, for everybody."""


class Memory:
    def __init__(self):
        self.notes = []

    def remember(self, user: str, note: str) -> None:
        self.notes.append(note)

    def recall(self, user: str) -> list[str]:
        return self.notes[-20:]
