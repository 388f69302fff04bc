"""Runs OpenStack Swift with its S3 API on loopback: run-swift.py FOLDER. Prints the port once it answers."""
import os
import socket
import subprocess
import sys
import time

folder = os.path.abspath(sys.argv[1])
roles = ("account", "container", "object", "proxy")
pipeline = "catch_errors gatekeeper healthcheck cache listing_formats s3api tempauth copy slo dlo proxy-logging proxy-server"


def patch():
    """Swift reads one file at a fixed place, which may belong to an installation."""
    import swift.common.utils as utils

    utils.SWIFT_CONF_FILE = os.path.join(folder, "swift.conf")
    utils.HASH_PATH_PREFIX = b"prefix"
    utils.HASH_PATH_SUFFIX = b"suffix"


def serve(role):
    patch()
    from swift.common.wsgi import run_wsgi

    sys.exit(run_wsgi(os.path.join(folder, f"{role}.conf"), f"{role}-server"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write(name, text):
    with open(os.path.join(folder, name), "w", encoding="ascii") as file:
        file.write(text)


def configure():
    patch()
    write("swift.conf", "[swift-hash]\nswift_hash_path_suffix = suffix\nswift_hash_path_prefix = prefix\n[storage-policy:0]\nname = only\ndefault = yes\n")
    from swift.common.ring import RingBuilder

    os.makedirs(os.path.join(folder, "disks", "disk"), exist_ok=True)
    ports = {role: free_port() for role in (*roles, "cache")}
    for role in roles:
        common = f"[DEFAULT]\nbind_ip = 127.0.0.1\nbind_port = {ports[role]}\nworkers = 0\nuser = root\nswift_dir = {folder}\ndevices = {folder}/disks\nmount_check = false\n"
        if role == "proxy":
            filters = "".join(f"[filter:{name}]\nuse = egg:swift#{name.replace('-', '_')}\n" for name in pipeline.split() if name not in ("cache", "tempauth", "proxy-server", "s3api", "gatekeeper"))
            cache = f"[filter:cache]\nuse = egg:swift#memcache\nmemcache_servers = 127.0.0.1:{ports['cache']}\n"
            auth = "[filter:tempauth]\nuse = egg:swift#tempauth\nuser_test_tester = secret .admin\n"
            # Tests store objects of an earlier time.
            gatekeeper = "[filter:gatekeeper]\nuse = egg:swift#gatekeeper\nshunt_inbound_x_timestamp = false\n"
            s3api = "[filter:s3api]\nuse = egg:swift#s3api\nlocation = eu-central-1\ncheck_bucket_owner = false\n"
            write("proxy.conf", f"{common}[pipeline:main]\npipeline = {pipeline}\n[app:proxy-server]\nuse = egg:swift#proxy\naccount_autocreate = true\nallow_account_management = true\n{filters}{gatekeeper}{cache}{auth}{s3api}")
            continue
        write(f"{role}.conf", f"{common}[pipeline:main]\npipeline = {role}-server\n[app:{role}-server]\nuse = egg:swift#{role}\n")
        ring = RingBuilder(4, 1, 1)
        ring.add_dev({"id": 0, "region": 1, "zone": 1, "ip": "127.0.0.1", "port": ports[role], "device": "disk", "weight": 1, "meta": ""})
        ring.rebalance()
        ring.get_ring().save(os.path.join(folder, f"{role}.ring.gz"))
    return ports


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def main():
    ports = configure()
    memory = ["memcached", "-u", "root", "-l", "127.0.0.1", "-p", str(ports["cache"]), "-U", "0"]
    children = [subprocess.Popen(memory)]
    children += [subprocess.Popen([sys.executable, __file__, folder, role], stdout=subprocess.DEVNULL) for role in roles]
    try:
        while not all(answers(port) for port in ports.values()):
            if any(child.poll() is not None for child in children):
                sys.exit("a server of Swift ended")
            time.sleep(0.1)
        print(ports["proxy"], flush=True)
        sys.stdin.read()  # until the test closes it
    finally:
        for child in children:
            child.terminate()


if len(sys.argv) > 2:
    serve(sys.argv[2])
else:
    main()
