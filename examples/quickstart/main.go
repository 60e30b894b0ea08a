// Command quickstart runs the main job from end to end, without privileges and without a network: it
// commits a small operating system tree, signs it, serves it over HTTP, pulls and verifies it as a client,
// updates it, refuses a damaged update, updates it again by a static delta, deploys it in the root of a machine,
// upgrades that and rolls it back, puts it into a container image and takes it out again, and checks the result.
// Each step is a few lines to copy.
package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/bls"
	"github.com/nestos-dev/nestos/ostree/container"
	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sign"
	"github.com/nestos-dev/nestos/ostree/sysroot"
)

const ref = "nestos/x86_64/stable"

func main() {
	keep := flag.Bool("keep", false, "keep the temporary folder")
	flag.Parse()
	if err := run(context.Background(), *keep); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

// tour is the state that the steps share.
type tour struct {
	dir            string
	server, client *ostree.Repo
	public, secret []byte
	first, second  object.Checksum
	third          object.Checksum
	url            string
	root           *sysroot.Sysroot
	n              int
}

func (t *tour) say(format string, args ...any) {
	t.n++
	fmt.Printf("%2d. %s\n", t.n, fmt.Sprintf(format, args...))
}

func (t *tour) path(name string) string { return filepath.Join(t.dir, name) }

func run(ctx context.Context, keep bool) error {
	start := time.Now()
	dir, err := os.MkdirTemp("", "nestos-quickstart-")
	if err != nil {
		return err
	}
	if !keep {
		defer os.RemoveAll(dir)
	}
	fmt.Printf("working in %s\n", dir)
	t := &tour{dir: dir}
	steps := []func(context.Context) error{t.build, t.serve, t.pull, t.deploy, t.update, t.refuseDamage, t.updateByDelta, t.machine, t.upgrade, t.rollback, t.image, t.clean}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	fmt.Printf("done in %.1f s\n", time.Since(start).Seconds())
	if keep {
		fmt.Printf("kept: %s (server repository), %s (client repository), %s (checked out tree), %s (root of a machine), %s (OCI image)\n",
			t.path("server"), t.path("client"), t.path("root"), t.path("sysroot"), t.path("image"))
	}
	return nil
}

// writeTree makes a small operating system tree of the given version.
func (t *tour) writeTree(version string) (string, error) {
	root := t.path("tree-" + version)
	files := map[string]string{
		"usr/lib/os-release":            "NAME=NestOS\nID=nestos\nPRETTY_NAME=NestOS\nVERSION_ID=" + version + "\n",
		"usr/etc/hostname":              "localhost\n",
		"usr/bin/hello":                 "#!/bin/sh\necho hello from " + version + "\n",
		"usr/lib/modules/6.1.0/vmlinuz": "not really a kernel\n",
		"usr/share/data":                strings.Repeat("the same in every version\n", 20000),
	}
	for name, content := range files {
		p := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			return "", err
		}
		mode := fs.FileMode(0o644)
		if strings.HasPrefix(name, "usr/bin/") {
			mode = 0o755
		}
		if err := os.WriteFile(p, []byte(content), mode); err != nil {
			return "", err
		}
	}
	return root, os.Symlink("usr/bin", filepath.Join(root, "bin"))
}

// commit stores a version of the tree in the server's repository, signs it and publishes the summary.
func (t *tour) commit(ctx context.Context, version string, parent object.Checksum) (object.Checksum, error) {
	var none object.Checksum
	root, err := t.writeTree(version)
	if err != nil {
		return none, err
	}
	txn, err := t.server.Begin(ctx, nil)
	if err != nil {
		return none, err
	}
	defer txn.Abort() // does nothing once committed
	tree := ostree.NewTree()
	if err := txn.AddDirectory(ctx, tree, root, &ostree.Modifier{CanonicalPermissions: true}); err != nil {
		return none, err
	}
	dirtree, dirmeta, err := txn.WriteTree(tree)
	if err != nil {
		return none, err
	}
	metadata := &object.Dict{}
	metadata.Set(object.KeyVersion, object.NewString(version))
	commit, err := txn.WriteCommit(ctx, dirtree, dirmeta, &ostree.CommitOptions{Parent: parent, Subject: "NestOS " + version,
		Metadata: metadata, Refs: []string{ref}, Bootable: true, Composefs: true})
	if err != nil {
		return none, err
	}
	if err := txn.SetRef(ref, commit); err != nil {
		return none, err
	}
	if _, err := txn.Commit(ctx); err != nil {
		return none, err
	}
	if err := t.server.SignCommit(ctx, commit, sign.Ed25519{}, t.secret); err != nil {
		return none, err
	}
	return commit, t.server.UpdateSummary(ctx, nil)
}

func (t *tour) build(ctx context.Context) (err error) {
	if t.public, t.secret, err = ed25519.GenerateKey(rand.Reader); err != nil {
		return err
	}
	if t.server, err = ostree.Init(t.path("server"), &ostree.InitOptions{Mode: ostree.ModeArchive}); err != nil {
		return err
	}
	if t.first, err = t.commit(ctx, "1.0", object.Checksum{}); err != nil {
		return err
	}
	info, err := t.server.LoadCommit(t.first)
	if err != nil {
		return err
	}
	digest, _ := info.Metadata.LookupType(object.KeyComposefsDigest, "ay")
	t.say("committed version 1.0 as %s,\n    composefs digest %x, signed with ed25519", t.first, digest.ByteArray())
	return nil
}

// serve offers the repository through any static HTTP server; here the standard library's.
func (t *tour) serve(ctx context.Context) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go http.Serve(l, http.FileServer(http.Dir(t.path("server"))))
	t.url = "http://" + l.Addr().String()
	if t.client, err = ostree.Init(t.path("client"), &ostree.InitOptions{Mode: ostree.ModeBareUserOnly}); err != nil {
		return err
	}
	t.say("serving it on %s", t.url)
	return t.client.AddRemote("origin", t.url, t.remote())
}

// remote says what clients trust.
func (t *tour) remote() *ostree.RemoteAddOptions {
	return &ostree.RemoteAddOptions{Settings: [][2]string{
		{"gpg-verify", "false"},
		{"sign-verify", "ed25519"},
		{"verification-ed25519-key", base64.StdEncoding.EncodeToString(t.public)},
	}}
}

func (t *tour) pull(ctx context.Context) error {
	stats, err := t.client.Pull(ctx, "origin", &ostree.PullOptions{Refs: []string{ref}})
	if err != nil {
		return err
	}
	got, err := t.client.ResolveRev("origin:" + ref)
	if err != nil {
		return err
	}
	if got != t.first {
		return fmt.Errorf("pulled %s instead of %s", got, t.first)
	}
	t.say("pulled it into a repository of another mode: signature and every checksum verified,\n    %d metadata and %d content objects, the same commit", stats.MetadataFetched, stats.ContentFetched)
	return nil
}

// deploy checks the tree out with hard links and reads it without a checkout.
func (t *tour) deploy(ctx context.Context) error {
	if err := t.client.Checkout(ctx, t.first, t.path("root"), &ostree.CheckoutOptions{UserMode: true}); err != nil {
		return err
	}
	fsys, err := t.client.FS("origin:" + ref)
	if err != nil {
		return err
	}
	inside, err := fs.ReadFile(fsys, "usr/lib/os-release")
	if err != nil {
		return err
	}
	outside, err := os.ReadFile(t.path("root/usr/lib/os-release"))
	if err != nil {
		return err
	}
	if string(inside) != string(outside) {
		return errors.New("the checked out tree differs from the commit")
	}
	t.say("checked it out with hard links; io/fs sees the same bytes without a checkout")
	return nil
}

func (t *tour) update(ctx context.Context) (err error) {
	if t.second, err = t.commit(ctx, "2.0", t.first); err != nil {
		return err
	}
	stats, err := t.client.Pull(ctx, "origin", &ostree.PullOptions{Refs: []string{ref}, TimestampCheck: true})
	if err != nil {
		return err
	}
	diff, err := t.client.Diff(ctx, ostree.DiffSide{Commit: t.first}, ostree.DiffSide{Commit: t.second}, nil)
	if err != nil {
		return err
	}
	t.say("updated to version 2.0 (%s…): only %d content objects were fetched; what changed:", t.second.String()[:12], stats.ContentFetched)
	for line := range diff.Lines() {
		fmt.Println("       " + line)
	}
	return nil
}

// refuseDamage breaks a file on the server and shows that the client notices, and that nothing changes.
func (t *tour) refuseDamage(ctx context.Context) error {
	var err error
	if t.third, err = t.commit(ctx, "3.0", t.second); err != nil {
		return err
	}
	file, err := t.server.Lookup(ctx, t.third, "/usr/bin/hello")
	if err != nil {
		return err
	}
	name := object.Name{Checksum: file.Checksum, Type: object.TypeFile}
	path := filepath.Join(t.path("server"), "objects", name.LoosePath(true))
	good, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	bad := append([]byte{}, good...)
	bad[len(bad)-3] ^= 1
	if err := os.WriteFile(path, bad, 0o644); err != nil {
		return err
	}
	_, pullErr := t.client.Pull(ctx, "origin", &ostree.PullOptions{Refs: []string{ref}})
	if pullErr == nil {
		return errors.New("a damaged object was accepted")
	}
	now, err := t.client.ResolveRev("origin:" + ref)
	if err != nil {
		return err
	}
	if now != t.second {
		return errors.New("a failed pull moved the ref")
	}
	t.say("a damaged update was refused and the ref still names version 2.0:\n       %v", pullErr)
	return os.WriteFile(path, good, 0o644)
}

// updateByDelta repairs the server and lets it offer the update as one file of differences.
func (t *tour) updateByDelta(ctx context.Context) error {
	delta, err := t.server.GenerateDelta(ctx, &ostree.DeltaOptions{From: t.second, To: t.third})
	if err != nil {
		return err
	}
	if err := t.server.UpdateSummary(ctx, nil); err != nil {
		return err
	}
	stats, err := t.client.Pull(ctx, "origin", &ostree.PullOptions{Refs: []string{ref}, Deltas: ostree.DeltasRequired})
	if err != nil {
		return err
	}
	got, err := t.client.ResolveRev("origin:" + ref)
	if err != nil {
		return err
	}
	if got != t.third {
		return fmt.Errorf("the delta led to %s instead of %s", got, t.third)
	}
	t.say("repaired the server and updated to version 3.0 by a static delta: %d part of %d bytes,\n    no loose content (%d objects)",
		stats.DeltaParts, delta.Size, stats.ContentFetched)
	return nil
}

// machine makes the root of a machine, in a plain folder, and deploys version 1.0 there.
func (t *tour) machine(ctx context.Context) error {
	dir := t.path("sysroot")
	// Without privileges nothing can belong to others: a repository that does not need that.
	repo, err := ostree.Init(filepath.Join(dir, "ostree/repo"), &ostree.InitOptions{Mode: ostree.ModeBareUserOnly})
	if err != nil {
		return err
	}
	defer repo.Close()
	if err := repo.AddRemote("origin", t.url, t.remote()); err != nil {
		return err
	}
	if _, err := repo.Pull(ctx, "origin", &ostree.PullOptions{Refs: []string{ref + "@" + t.first.String()}}); err != nil {
		return err
	}
	if err := sysroot.InitFS(ctx, dir, 1); err != nil {
		return err
	}
	if t.root, err = sysroot.Open(dir, &sysroot.Options{MutableDeployments: true}); err != nil {
		return err
	}
	if err := t.root.InitStateroot(ctx, "nestos"); err != nil {
		return err
	}
	if err := t.root.Lock(ctx); err != nil {
		return err
	}
	if err := t.root.Load(ctx); err != nil {
		return err
	}
	d, err := t.root.DeployTree(ctx, "nestos", t.first, sysroot.NewOrigin("origin:"+ref), nil,
		&sysroot.DeployOptions{Kargs: kargs.Of("root=LABEL=root", "rw")})
	if err != nil {
		return err
	}
	if err := t.root.SimpleWriteDeployment(ctx, "nestos", d, nil, 0); err != nil {
		return err
	}
	t.say("deployed version 1.0 in the root of a machine; its boot menu:")
	return t.showMenu()
}

// showMenu prints what the boot loader offers.
func (t *tour) showMenu() error {
	entries, err := bls.ReadDir(os.DirFS(t.path("sysroot/boot")), "loader/entries")
	if err != nil {
		return err
	}
	for _, e := range entries {
		fmt.Printf("       %s\n", e.Entry.Value(bls.KeyTitle))
	}
	return nil
}

// upgrade takes the newest version; what the administrator changed in /etc comes along.
func (t *tour) upgrade(ctx context.Context) error {
	old := t.root.Deployments()[0]
	mine := filepath.Join(t.root.DeploymentPath(old), "etc/hostname")
	if err := os.WriteFile(mine, []byte("machine-1\n"), 0o644); err != nil {
		return err
	}
	u, err := t.root.NewUpgrader("nestos", nil)
	if err != nil {
		return err
	}
	if changed, err := u.Pull(ctx, nil); err != nil || !changed {
		return errors.Join(err, errors.New("there is no upgrade"))
	}
	if err := u.Deploy(ctx); err != nil {
		return err
	}
	now, err := os.ReadFile(filepath.Join(t.root.DeploymentPath(u.Deployment()), "etc/hostname"))
	if err != nil {
		return err
	}
	if string(now) != "machine-1\n" {
		return errors.New("the change of /etc was lost")
	}
	t.say("upgraded it to version 3.0 by one atomic switch; the changed /etc/hostname came along:")
	return t.showMenu()
}

// rollback makes the version before the default again.
func (t *tour) rollback(ctx context.Context) error {
	if err := t.root.SetDefault(ctx, 1); err != nil {
		return err
	}
	if got := t.root.Deployments()[0].Commit; got != t.first {
		return fmt.Errorf("rolled back to %s", got)
	}
	t.say("rolled back; both versions stay bootable:")
	return errors.Join(t.showMenu(), t.root.Close())
}

// image packs the commit into an OCI image and takes it out again into another repository.
func (t *tour) image(ctx context.Context) error {
	oci, err := container.ParseImageReference("oci:" + t.path("image"))
	if err != nil {
		return err
	}
	digest, err := container.Encapsulate(ctx, t.server, ref, oci, nil)
	if err != nil {
		return err
	}
	other, err := ostree.Init(t.path("from-image"), &ostree.InitOptions{Mode: ostree.ModeBareUserOnly})
	if err != nil {
		return err
	}
	defer other.Close()
	taken, err := container.Unencapsulate(ctx, other, container.Reference{Image: oci}, nil)
	if err != nil {
		return err
	}
	if taken.Commit != t.third {
		return fmt.Errorf("the image holds %s instead of %s", taken.Commit, t.third)
	}
	t.say("packed it into an OCI image (%s…)\n    and took the same commit out of it again", digest.String()[:19])
	return nil
}

func (t *tour) clean(ctx context.Context) error {
	depth := 0
	pruned, err := t.client.Prune(ctx, &ostree.PruneOptions{RefsOnly: true, Depth: &depth})
	if err != nil {
		return err
	}
	report, err := t.client.Fsck(ctx, nil)
	if err != nil {
		return err
	}
	t.say("pruned the old versions (%d objects); fsck: %d commit, %d objects, all whole", pruned.Pruned, report.Commits, report.Objects)
	return errors.Join(t.client.Close(), t.server.Close())
}
