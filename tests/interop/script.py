# SPDX-License-Identifier: MIT
"""What the scripts of this folder share: one of several roles, and how they end."""
import asyncio
import os
import sys

from temporalio.client import Client


def run(work):
    """Native threads of the SDK may still hold Python objects: an interpreter that is taken down in an orderly way
    around them sometimes aborts."""
    asyncio.run(work)
    sys.stdout.flush()
    os._exit(0)


def play(**roles):
    """The role that the first argument names, with a client of the second and the arguments behind it."""

    async def main(role, address, *rest):
        await roles[role](await Client.connect(address), *rest)

    run(main(*sys.argv[1:]))
