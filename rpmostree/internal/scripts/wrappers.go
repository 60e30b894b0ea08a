package scripts

import (
	"bytes"
	"fmt"

	"github.com/nestos-dev/nestos/rpmostree/internal/sandbox"
)

// Where covered programs and the record of accounts are while scriptlets run. It is in memory, so nothing of it can
// get into the tree.
const (
	keepDir       = "run/rpm-ostree/wrapped/"
	accountRecord = "run/rpm-ostree/accounts"
)

// Covers returns what takes the place of programs and files while scriptlets run, for sandbox.Config. read reads a
// file of the tree, by its path relative to the root.
func Covers(read func(path string) ([]byte, error)) ([]sandbox.Cover, error) {
	covers := []sandbox.Cover{
		wrapper("usr/bin/systemctl", systemctl),
		wrapper("usr/bin/kernel-install", kernelInstall),
		// Empties a cache in /var of a daemon that does not run.
		{Path: "usr/sbin/sss_cache", Content: []byte("#!/bin/sh\nexit 0\n"), Executable: true},
	}
	for _, program := range []string{"groupadd", "useradd", "usermod"} {
		covers = append(covers, wrapper("usr/sbin/"+program, account(program)))
	}
	const semanage = "etc/selinux/semanage.conf"
	conf, ok, err := ignoreMissing(read(semanage))
	if err != nil {
		return nil, err
	}
	if ok {
		covers = append(covers, sandbox.Cover{Path: semanage, Content: storeInEtc(conf)})
	}
	return covers, nil
}

// storeInEtc makes the tools of SELinux keep the policy store in /etc, where it is until the tree is committed.
func storeInEtc(conf []byte) []byte {
	conf = bytes.Clone(conf)
	if len(conf) > 0 && conf[len(conf)-1] != '\n' {
		conf = append(conf, '\n')
	}
	return append(conf, "store-root=/etc/selinux\n"...)
}

func wrapper(path, text string) sandbox.Cover {
	return sandbox.Cover{Path: path, Content: []byte(text), Executable: true, Keep: kept(path)}
}

// kept keeps the name of the program: some look at it.
func kept(path string) string { return keepDir + path }

const systemctl = `#!/bin/sh
# Nothing is running: only what changes files makes sense.
for arg; do
  case $arg in
    --root|--root=*|preset|preset-all) exec /` + keepDir + `usr/bin/systemctl "$@" ;;
  esac
done
echo "rpm-ostree-systemctl: Ignored non-preset command: $*"
`

const kernelInstall = `#!/bin/sh
# Where kernels are is rpm-ostree's business, unless the tree leaves it to kernel-install.
for conf in /etc/kernel/install.conf /usr/lib/kernel/install.conf; do
  if [ -e "$conf" ]; then
    while read -r line; do
      case $line in
        layout=ostree) exec /` + keepDir + `usr/bin/kernel-install "$@" ;;
      esac
    done < "$conf"
    break
  fi
done
exit 0
`

// account records the call: the number of its words, then each of them, all ended by a zero byte.
func account(program string) string {
	return fmt.Sprintf(`#!/bin/sh
printf '%%s\000' $(($# + 1)) %[1]s "$@" >> /%[2]s
exec /%[3]susr/sbin/%[1]s "$@"
`, program, accountRecord, keepDir)
}
