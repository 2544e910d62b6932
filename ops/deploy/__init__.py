"""The runner: real Terraform over the synthesized stacks, in order, one account each.

    main.py ─► stacks ─► for each, after those it needs: init, plan, judge, ask, apply
                                                           └─► plan again: no drift

`runner` knows the order and what a failure means for the rest; `terraform` runs
the program for one stack; `session` puts everything together for the CLI. This
package knows stacks as synthesized JSON only, never the constructs behind it.
"""
