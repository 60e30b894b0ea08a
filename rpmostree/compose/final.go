package compose

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/internal/assemble"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
	"github.com/nestos-dev/nestos/rpmostree/rpmdb"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

// The package database of new trees.
const databaseBackend = rpmdb.SQLite

func newSet() *rpmdb.Set { return &rpmdb.Set{} }

// integration is the file by which a finished tree is recognized.
const integration = "usr/lib/tmpfiles.d/rpm-ostree-0-integration.conf"

const integrationText = `d /var/home 0755 root root -
d /var/srv 0755 root root -
d /var/roothome 0700 root root -
d /var/mnt 0755 root root -
d /run/media 0755 root root -
L /var/lib/rpm - - - - ../../usr/share/rpm
L /var/lib/selinux - - - - ../../etc/selinux
d /usr/local/bin 0755 root root -
d /usr/local/etc 0755 root root -
d /usr/local/games 0755 root root -
d /usr/local/include 0755 root root -
d /usr/local/lib 0755 root root -
d /usr/local/sbin 0755 root root -
d /usr/local/share 0755 root root -
d /usr/local/src 0755 root root -
`

// finish does the last changes that every image needs. A tree that was finished before stays as it is.
func (b *build) finish(ctx context.Context) error {
	done, err := b.tree.Exists(integration)
	if err != nil || done {
		return err
	}
	steps := []func(context.Context) error{
		b.homeOfUsers, b.policyPaths, b.databaseMacro, b.migrateAccounts, b.emptyVar, b.integrate, b.finishKernel, b.baseDatabase, b.runFinalize,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// homeOfUsers makes useradd write what /home leads to, so that "~" is recognized.
func (b *build) homeOfUsers(ctx context.Context) error {
	return b.rewrite(ctx, "usr/etc/default/useradd", func(text string) string {
		var out strings.Builder
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "HOME=") {
				line = "HOME=/var/home\n"
			}
			out.WriteString(line)
		}
		return out.String()
	})
}

// policyPaths teaches the SELinux policy where home directories, /etc and /opt are.
func (b *build) policyPaths(ctx context.Context) error {
	policies, err := b.tree.ReadDir("usr/etc/selinux")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, p := range policies {
		if !p.IsDir() {
			continue
		}
		name := path.Join("usr/etc/selinux", p.Name, "contexts/files/file_contexts.subs_dist")
		if err := b.rewrite(ctx, name, substitutions); err != nil {
			return err
		}
	}
	return nil
}

func substitutions(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "/var/home ") {
			out.WriteString("# https://github.com/projectatomic/rpm-ostree/pull/1754\n# ")
		}
		out.WriteString(strings.TrimSuffix(line, "\n") + "\n")
	}
	out.WriteString("# https://github.com/projectatomic/rpm-ostree/pull/1754\n/home /var/home\n" +
		"# https://github.com/coreos/rpm-ostree/pull/4640\n/usr/etc /etc\n" +
		"# https://github.com/coreos/rpm-ostree/pull/1795\n/usr/lib/opt /opt\n")
	return out.String()
}

// databaseMacro tells rpm where the database is, and removes what a program that used it left there.
func (b *build) databaseMacro(ctx context.Context) error {
	if err := assemble.RemoveLeftovers(b.tree, assemble.DatabaseDir); err != nil {
		return err
	}
	return b.write(ctx, "usr/lib/rpm/macros.d/macros.rpm-ostree", 0o644, "%_dbpath /"+assemble.DatabaseDir+"\n")
}

// emptyVar turns what is left in /var into lines for systemd-tmpfiles: images have no /var.
func (b *build) emptyVar(ctx context.Context) error {
	owners, err := b.ownerNames()
	if err != nil {
		return err
	}
	var lines []string
	err = b.tree.Walk("var", func(name string, i *rootfs.Info) error {
		switch {
		case name == "var":
		case name == "var/run", strings.HasPrefix(name, "var/lib/rpm-state"):
			if i.IsDir() {
				return fs.SkipDir
			}
		case i.IsDir():
			lines = append(lines, fmt.Sprintf("d /%s %04o %s %s - -", quotePath(name), i.Header.Mode&0o7777, owners.user(i.Header.UID), owners.group(i.Header.GID)))
		case i.IsSymlink():
			lines = append(lines, fmt.Sprintf("L /%s - - - - %s", quotePath(name), i.Header.Symlink))
		default:
			b.message("Ignoring non-directory/non-symlink '/%s'", name)
		}
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := b.tree.RemoveAll("var"); err != nil {
		return err
	}
	if err := b.directory(ctx, "var", 0o755); err != nil {
		return err
	}
	lines = slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, "L /var/lib/rpm ") })
	if len(lines) == 0 {
		return nil
	}
	slices.Sort(lines)
	return b.write(ctx, "usr/lib/tmpfiles.d/rpm-ostree-1-autovar.conf", 0o644, strings.Join(lines, "\n")+"\n")
}

// quotePath puts names with blanks or quotes into quotes, as tmpfiles.d(5) wants it.
func quotePath(name string) string {
	if !strings.ContainsAny(name, " \t\n'\"\\") {
		return name
	}
	return strings.NewReplacer(`\`, `\\`, " ", `\x20`, "\t", `\t`, "\n", `\n`, "'", `\x27`, `"`, `\x22`).Replace(name)
}

// ownerNames maps ids to names.
type ownerNames struct{ users, groups map[uint32]string }

func (b *build) ownerNames() (*ownerNames, error) {
	a, err := accountsOf(b.tree, "usr/etc", "usr/lib")
	if err != nil {
		return nil, err
	}
	n := &ownerNames{map[uint32]string{0: "root"}, map[uint32]string{0: "root"}}
	for _, u := range a.Users {
		if n.users[u.UID] == "" {
			n.users[u.UID] = u.Name
		}
	}
	for _, g := range a.Groups {
		if n.groups[g.GID] == "" {
			n.groups[g.GID] = g.Name
		}
	}
	return n, nil
}

func (n *ownerNames) user(id uint32) string  { return nameOr(n.users, id) }
func (n *ownerNames) group(id uint32) string { return nameOr(n.groups, id) }

func nameOr(names map[uint32]string, id uint32) string {
	if name := names[id]; name != "" {
		return name
	}
	return fmt.Sprint(id)
}

// integrate adds what is to be made at boot.
func (b *build) integrate(ctx context.Context) error {
	mode := treefile.OptVar
	if b.tf != nil {
		mode = b.tf.OptUsrLocalOrDefault()
	}
	name, text := "rpm-ostree-0-integration-opt-usrlocal.conf", "d /var/opt 0755 root root -\nd /var/usrlocal 0755 root root -\n"
	switch mode {
	case treefile.OptStateOverlay:
		name, text = "rpm-ostree-0-integration-opt-usrlocal-compat.conf", "L /var/usrlocal - - - - ../usr/local\nL /var/opt - - - - ../usr/lib/opt\n"
	case treefile.OptRoot:
		name, text = "rpm-ostree-0-integration-opt-usrlocal-compat.conf", "L /var/usrlocal - - - - ../usr/local\nL /var/opt - - - - ../opt\n"
	}
	if err := b.write(ctx, path.Join("usr/lib/tmpfiles.d", name), 0o644, text); err != nil {
		return err
	}
	return b.write(ctx, integration, 0o644, integrationText)
}

// finishKernel places the kernel and makes its initramfs.
func (b *build) finishKernel(ctx context.Context) error {
	if b.tf != nil && b.tf.IsContainer() {
		return nil
	}
	if err := b.machineID(ctx); err != nil {
		return err
	}
	o := &assemble.KernelOptions{Initramfs: true, BootCopies: true, Reproducible: !b.opts.Epoch.IsZero(), DracutArgs: []string{"--no-hostonly"}}
	if b.tf != nil {
		o.Initramfs = !b.tf.SkipInitramfs()
		o.BootCopies = b.tf.BootLocationOrDefault() == treefile.BootNew
		if args := b.tf.InitramfsArguments(); len(args) > 0 {
			o.DracutArgs = args
		}
	}
	if err := assemble.FinishKernel(ctx, b.tree, o, b.scriptOptions()); err != nil {
		return fmt.Errorf("Finalizing kernel: %w", err)
	}
	return nil
}

// machineID makes the file empty, so that systemd fills it in at the first boot, or removes it.
func (b *build) machineID(ctx context.Context) error {
	const name = "usr/etc/machine-id"
	if b.tf != nil && !b.tf.HasMachineID() {
		return b.tree.RemoveAll(name)
	}
	return b.write(ctx, name, 0o644, "")
}

// baseDatabase keeps a copy of the package database as it is without layered packages.
func (b *build) baseDatabase(ctx context.Context) error {
	if err := b.tree.RemoveAll(pkglist.BaseDatabase); err != nil {
		return err
	}
	names, err := b.tree.Names(assemble.DatabaseDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := b.tree.MkdirAll(pkglist.BaseDatabase, rootfs.Attr{Mode: 0o755}); err != nil {
		return err
	}
	for _, name := range names {
		if err := b.tree.Link(path.Join(assemble.DatabaseDir, name), path.Join(pkglist.BaseDatabase, name)); err != nil {
			return err
		}
	}
	return nil
}

// label gives everything the labels of the tree's own policy.
func (b *build) label(ctx context.Context) (err error) {
	tree, err := b.tree.FS()
	if err != nil {
		return err
	}
	if !b.useSELinux() {
		return b.tree.Unlabel(ctx, "")
	}
	policy, _, err := policyOf(tree, b.labelEpoch())
	if err != nil {
		return err
	}
	if policy == nil {
		return errors.New("selinux is enabled in the treefile, but the tree has no SELinux policy")
	}
	task := b.task("relabel", "Labeling with SELinux")
	defer func() { task.End(err) }()
	b.tree.Policy = policy
	return b.tree.Relabel(ctx, "")
}
