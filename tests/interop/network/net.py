"""Network namespaces: an internet (a bridge), hosts on it, and networks behind NAT of each kind. Everything goes with `close`."""

import contextlib
import ctypes
import os
import subprocess

# RFC 4787's kinds: how the outer port is chosen, and who may send to it.
NATS = {
    # One to one: whoever sends to the outer address gets in.
    "full cone": "chain in { type nat hook prerouting priority -100; iifname outer udp dport 1024-65535 dnat to INSIDE; }",
    # Only addresses that the inside has sent to get in, from any port of theirs.
    "restricted cone": """set seen { type ipv4_addr; flags dynamic,timeout; timeout 5m; }
        chain in { type nat hook prerouting priority -100; iifname outer udp dport 1024-65535 dnat to INSIDE; }
        chain through { type filter hook forward priority 0; iifname inner update @seen { ip daddr }; iifname outer ip saddr != @seen drop; }""",
    # Only the very address and port: what the kernel does by itself while it can keep the port.
    "port-restricted cone": "",
    # Another outer port for every destination.
    "symmetric": "chain out { type nat hook postrouting priority 100; oifname outer masquerade fully-random; }",
}
MASQUERADE = "chain out { type nat hook postrouting priority 100; oifname outer masquerade; }"


def run(*command, text=None):
    done = subprocess.run([str(part) for part in command], input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


class Net:
    """An internet of 203.0.113.0/24 (a network for documentation, RFC 5737) and what hangs on it."""

    def __init__(self):
        self.prefix, self.spaces, self.links = f"sh{os.getpid() % 100000}", [], 0
        self.core = self.space("core")
        self.inside("core", "ip", "link", "add", "bridge", "type", "bridge")
        self.inside("core", "ip", "link", "set", "bridge", "up")

    def space(self, name):
        """A new namespace."""
        full = f"{self.prefix}-{name}"
        run("ip", "netns", "add", full)
        self.spaces.append(full)
        run("ip", "-n", full, "link", "set", "lo", "up")
        return full

    def at(self, name):
        """What a command begins with that runs there."""
        return ["ip", "netns", "exec", f"{self.prefix}-{name}"]

    def inside(self, name, *command, text=None):
        return run(*self.at(name), *command, text=text)

    @contextlib.contextmanager
    def entered(self, name):
        """Sockets that this thread makes meanwhile are there."""
        def enter(path):
            place = os.open(path, os.O_RDONLY)
            try:
                if ctypes.CDLL(None, use_errno=True).setns(place, 0):
                    raise OSError(ctypes.get_errno(), f"cannot enter {path}")
            finally:
                os.close(place)

        # The thread's own, kept open: its path leads elsewhere once it has moved.
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            enter(f"/run/netns/{self.prefix}-{name}")
            yield
        finally:
            ctypes.CDLL(None).setns(home, 0)
            os.close(home)

    def link(self, first, first_name, second, second_name):
        """A cable between two namespaces."""
        self.links += 1
        a, b = f"{self.prefix}a{self.links}", f"{self.prefix}b{self.links}"
        run("ip", "link", "add", a, "type", "veth", "peer", "name", b)
        for end, space, name in (a, first, first_name), (b, second, second_name):
            run("ip", "link", "set", end, "netns", f"{self.prefix}-{space}")
            self.inside(space, "ip", "link", "set", end, "name", name)
            self.inside(space, "ip", "link", "set", name, "up")

    def host(self, name, *addresses):
        """A host on the internet."""
        self.space(name)
        self.link(name, "outer", "core", f"to-{name}")
        self.inside("core", "ip", "link", "set", f"to-{name}", "master", "bridge")
        for address in addresses:
            self.inside(name, "ip", "address", "add", f"{address}/24", "dev", "outer")

    def behind_nat(self, name, kind, outer, inside):
        """A host behind a router of its own: `name` is at `inside`, its router at `outer`."""
        router, gate = f"{name}-nat", inside.rsplit(".", 1)[0] + ".1"
        self.host(router, outer)
        self.space(name)
        self.link(name, "inner", router, "inner")
        self.inside(router, "ip", "address", "add", f"{gate}/24", "dev", "inner")
        self.inside(name, "ip", "address", "add", f"{inside}/24", "dev", "inner")
        self.inside(name, "ip", "route", "add", "default", "via", gate)
        self.inside(router, "sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
        rules = NATS[kind].replace("INSIDE", inside)
        rules = rules if "chain out" in rules else rules + MASQUERADE
        self.inside(router, "nft", "-f", "-", text="table ip nat {\n" + rules.replace("; chain", ";\nchain").replace("} chain", "}\nchain").replace("}chain", "}\nchain") + "\n}\n")

    def lossy(self, name, percent):
        """So much of what arrives there is lost. (Not netem, which kernels may lack; the same for who sends.)"""
        self.inside(name, "nft", "-f", "-", text=f"""table inet loss {{
            chain arriving {{ type filter hook input priority 0; iifname != "lo" meta l4proto udp numgen random mod 100 < {percent} drop; }}
        }}
        """)

    def unplug(self, name):
        """From now on nothing reaches it and nothing comes back: no error either."""
        self.inside("core", "nft", "-f", "-", text=f'table bridge cut {{\nchain through {{ type filter hook forward priority 0; iifname "to-{name}" drop; oifname "to-{name}" drop; }}\n}}\n')

    def close(self):
        for space in reversed(self.spaces):
            subprocess.run(["ip", "netns", "del", space], capture_output=True, check=False)
