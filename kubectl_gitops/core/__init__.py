"""The rules of this tool as pure functions of plain values. Nothing here does I/O."""
