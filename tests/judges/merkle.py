"""Judges exported entries with pymerkle: merkle.py FOLDER SIZE ROOT-BASE64"""

import base64
import pathlib
import sys

from pymerkle import InmemoryTree, verify_consistency, verify_inclusion


def entries(folder, size):
    found = []
    for n in range((size + 255) // 256):
        width = min(256, size - n * 256)
        name = f"{n:03}" if width == 256 else f"{n:03}.p/{width}"
        data = (pathlib.Path(folder) / "tile" / "entries" / name).read_bytes()
        while data:
            length = int.from_bytes(data[:2], "big")
            if len(data) < 2 + length:
                sys.exit(f"refused: entry bundle {n} is cut off")
            found.append(data[2 : 2 + length])
            data = data[2 + length :]
    return found


def main(folder, size, root):
    size, root = int(size), base64.b64decode(root)
    leaves = entries(folder, size)
    if len(leaves) != size:
        sys.exit(f"refused: {len(leaves)} entries, the checkpoint says {size}")
    tree = InmemoryTree(algorithm="sha256")
    for leaf in leaves:
        tree.append_entry(leaf)
    if tree.get_state() != root:
        sys.exit("refused: the entries do not give the checkpoint's root")
    for index in range(1, size + 1, 41):
        verify_inclusion(tree.get_leaf(index), root, tree.prove_inclusion(index, size))
        verify_consistency(tree.get_state(index), root, tree.prove_consistency(index, size))
    print(f"accepted: {size} entries")


main(*sys.argv[1:])
