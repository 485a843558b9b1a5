"""Starts a control plane, prints the path of an admin's kubeconfig and stays until it is interrupted."""

import argparse
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

from tests.controlplane import DidNotStart, MissingProgram, find_programs, run

POLL_SECONDS = 0.3
START_POLL_SECONDS = 0.02


def main() -> int:
    parser = argparse.ArgumentParser(prog="control-plane-up", description=__doc__)
    parser.add_argument("--controllers", action="store_true", help="also run the controllers, the scheduler and kwok")
    parser.add_argument("--until-exit-of", type=int, metavar="PID", help="stay until this process has ended, too")
    parser.add_argument(
        "--detach",
        type=Path,
        metavar="FILE",
        help="go on in the background; FILE describes it and is removed at its end; FILE.pid has its process",
    )
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    if options.detach:
        return _detach(options.controllers, options.until_exit_of, options.detach)
    return _hold(options.controllers, options.until_exit_of, None)


def _hold(controllers: bool, until_exit_of: int | None, state: Path | None) -> int:
    with suppress(KeyboardInterrupt):
        try:
            with run(find_programs(os.environ), controllers, state.parent if state else None) as plane:
                if state:
                    plane.save(state)
                print(plane.kubeconfig, flush=True)
                with suppress(KeyboardInterrupt):
                    while until_exit_of is None or _alive(until_exit_of):
                        time.sleep(POLL_SECONDS)
            if state:
                state.unlink()
        except (MissingProgram, DidNotStart) as error:
            print(f"control-plane-up: {error}", file=sys.stderr)
            return 1
    return 0


def _detach(controllers: bool, until_exit_of: int | None, state: Path) -> int:
    """Hold it in a child process. Return once it is ready, or with its messages once it has failed."""
    messages = state.with_name(f"{state.name}.messages")
    child = os.fork()
    if not child:
        with messages.open("wb") as output:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
        return _hold(controllers, until_exit_of, state)
    state.with_name(f"{state.name}.pid").write_text(str(child))
    while not state.exists():
        ended, _ = os.waitpid(child, os.WNOHANG)
        if ended:
            print(messages.read_text(errors="replace"), file=sys.stderr)
            return 1
        time.sleep(START_POLL_SECONDS)
    return 0


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
