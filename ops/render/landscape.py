"""The landing zone as a tree: accounts, their stacks, what stands in each."""

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.text import Text
from rich.tree import Tree

from ops.deploy.stacks import Stack
from ops.render.text import clean


def tree(title: str, stacks: Sequence[Stack], accounts: Mapping[str, str]) -> Tree:
    """Return a landing zone's tree; `accounts` maps ids to names."""
    root = Tree(Text(clean(title), style="bold"))
    for account in dict.fromkeys(stack.account for stack in stacks):
        label = Text(account, style="cyan")
        label.append(f" {clean(accounts.get(account, ''))}", style="bold")
        branch = root.add(label)
        for stack in stacks:
            if stack.account == account:
                _add(branch, stack)
    return root


def _add(branch: Tree, stack: Stack) -> None:
    label = Text(clean(stack.name))
    label.append(f"  {stack.region}, {len(stack.addresses)} resources", style="dim")
    leaf = branch.add(label)
    kinds = Counter(address.partition(".")[0].removeprefix("aws_") for address in stack.addresses)
    counted = (kind if count == 1 else f"{count} {kind}" for kind, count in sorted(kinds.items()))
    leaf.add(Text(", ".join(counted), style="dim"))
