"""Kept files between the folder and a store that is far: brought over, sent, listed."""

from collections.abc import Iterator
from pathlib import Path

from rxapp.adapters import file_store, object_store
from rxapp.errors import NotFound


def bring_over(name: str, *, root: Path) -> bool:
    """Bring a file from the folder to the store; False when the folder's is not sound.

    It leaves the folder only once the store has given back the very same bytes.
    """
    store, path = object_store.store(), file_store.find(name, root=root)
    promised = name.partition(".")[0]
    if store is None or file_store.digest(path) != promised:
        return False
    file_store.put(path, suffix=path.suffix, root=root)
    if store.digest(file_store.key_of(name, root)) != promised:
        store.put(file_store.key_of(name, root), path)
        if store.digest(file_store.key_of(name, root)) != promised:
            return False
    path.unlink(missing_ok=True)
    return True


def send(path: Path, name: str, *, root: Path) -> bool:
    """Have a file on the store under its name; whether there was none of that name before.

    One that is there already stays, unless its bytes are not what the name promises.
    """
    store, key = object_store.store(), file_store.key_of(name, root)
    if store is None:
        raise NotFound(object_store.MISSING)
    was_there = store.look(key) is not None
    if not was_there or store.digest(key) != name.partition(".")[0]:
        store.put(key, path)
    return not was_there


def names(root: Path) -> Iterator[str]:
    """The files of a folder that lie on the store; none where there is no store."""
    store = object_store.store()
    for key, _ in store.names(root.name) if store else ():
        name = key.rpartition("/")[2]
        if file_store.is_name(name) and key == file_store.key_of(name, root):
            yield name
