//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/container"
	"github.com/nestos-dev/nestos/ostree/kargs"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sysroot"
)

// originKey is the key in the group "origin" of a deployment that came from an image.
const originKey = "container-image-reference"

type deployRun struct {
	*command
	path, stateroot             string
	imgref, image, transport    string
	noVerify, enforce, noImgref bool
	remote, target, commitFile  string
	kargs                       []string
}

func runDeploy(ctx context.Context, env *cli.Env, args []string) error {
	c := &deployRun{command: newCommand(ctx, env, "", "Perform initial deployment for a container image")}
	c.add(cli.Option{Long: "sysroot", Arg: "SYSROOT", Help: "Path to the system root", Value: cli.Filename(&c.path)},
		cli.Option{Long: "stateroot", Arg: "STATEROOT", Help: "Name for the state directory, also known as \"osname\" (default: default)", Value: cli.String(&c.stateroot)},
		cli.Option{Long: "imgref", Arg: "IMGREF", Help: "Source image reference, e.g. ostree-remote-image:someremote:registry:quay.io/exampleos/exampleos:latest", Value: cli.String(&c.imgref)},
		cli.Option{Long: "image", Arg: "IMAGE", Help: "Name of the container image; for the registry transport this would be e.g. quay.io/exampleos/foo:latest", Value: cli.String(&c.image)},
		cli.Option{Long: "transport", Arg: "TRANSPORT", Help: "The transport; e.g. registry, oci, oci-archive (default: registry)", Value: cli.String(&c.transport)},
		cli.Option{Long: "no-signature-verification", Help: "This is the default; it only exists for compatibility", Value: cli.Bool(&c.noVerify)},
		cli.Option{Long: "enforce-container-sigpolicy", Help: "Require that the containers-storage stack has a policy that verifies signatures", Value: cli.Bool(&c.enforce)},
		cli.Option{Long: "ostree-remote", Arg: "REMOTE", Help: "Enable verification via an ostree remote", Value: cli.String(&c.remote)},
		cli.Option{Long: "target-imgref", Arg: "IMGREF", Help: "Image reference that updates follow, in place of the source", Value: cli.String(&c.target)},
		cli.Option{Long: "no-imgref", Help: "Do not keep a reference to the image, only to its layers", Value: cli.Bool(&c.noImgref)},
		cli.Option{Long: "karg", Arg: "KARG", Help: "Add a kernel argument", Value: cli.Strings(&c.kargs)},
		cli.Option{Long: "write-commitid-to", Arg: "FILE", Help: "Write the deployed checksum to this file", Value: cli.Filename(&c.commitFile)})
	c.addRegistry()
	c.addQuiet()
	_, done, err := c.parse(args, 0, 0)
	if done || err != nil {
		return err
	}
	source, target, err := c.references()
	if err != nil {
		return err
	}
	s, err := c.loadSysroot(c.path)
	if err != nil {
		return err
	}
	defer s.Close()
	return c.deploy(s, source, target)
}

// references reads which image to deploy, and which one updates will follow.
func (c *deployRun) references() (source, target container.Reference, err error) {
	switch {
	case (c.imgref == "") == (c.image == ""):
		return source, target, c.parser.UsageError("Exactly one of --imgref and --image must be specified")
	case c.enforce && c.noVerify, c.enforce && c.remote != "":
		return source, target, errors.New("--enforce-container-sigpolicy excludes --no-signature-verification and --ostree-remote")
	case c.imgref != "":
		source, err = container.ParseReference(c.imgref)
	default:
		source, err = c.imageReference()
	}
	if err != nil || c.target == "" {
		return source, source, err
	}
	target, err = container.ParseReference(c.target)
	return source, target, err
}

func (c *deployRun) imageReference() (r container.Reference, err error) {
	transport := c.transport
	if transport == "" {
		transport = "registry"
	}
	if r.Image.Transport, err = container.ParseTransport(transport); err != nil {
		return r, err
	}
	r.Image.Name = c.image
	switch {
	case c.remote != "":
		r.Verify, r.Remote = container.VerifyRemote, c.remote
	case c.enforce:
		r.Verify = container.VerifyPolicy
	}
	return r, nil
}

// loadSysroot opens, locks and loads a system root.
func (c *command) loadSysroot(path string) (*sysroot.Sysroot, error) {
	if path == "" {
		path = c.env.Lookup("OSTREE_SYSROOT")
	}
	if path == "" {
		path = "/"
	}
	if err := sysroot.EnterNamespace(); err != nil {
		return nil, err
	}
	o := &sysroot.Options{
		Repo:       ostree.Options{BootID: c.env.Lookup("OSTREE_BOOTID"), AllowDummySign: c.env.Lookup("OSTREE_DUMMY_SIGN_ENABLED") == "1"},
		Message:    func(text string) { c.printf("%s\n", text) },
		OnLockWait: func() { fmt.Fprintln(c.env.Stderr, "Waiting for sysroot lock...") },
	}
	o.ParseDebug(c.env.Lookup("OSTREE_SYSROOT_DEBUG"))
	o.ParseOpts(c.env.Lookup("OSTREE_SYSROOT_OPTS"))
	s, err := sysroot.Open(path, o)
	if err != nil {
		return nil, err
	}
	if err = s.Lock(c.ctx); err == nil {
		err = s.Load(c.ctx)
	}
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("sysroot %s: %w", path, err)
	}
	return s, nil
}

func (c *deployRun) deploy(s *sysroot.Sysroot, source, target container.Reference) error {
	if c.stateroot == "" {
		c.stateroot = "default"
	}
	opts, err := c.pullOptions(source)
	if err != nil {
		return err
	}
	opts.Target, opts.NoImageRef = &target.Image, c.noImgref
	var finish func()
	opts.Progress, finish = c.progress()
	image, err := container.Pull(c.ctx, s.Repo(), source, opts)
	finish()
	if err != nil {
		return err
	}
	if w := image.FilteredWarning(); w != "" {
		fmt.Fprintln(c.env.Stderr, w)
	}
	return c.write(s, image.Commit, target)
}

func (c *deployRun) write(s *sysroot.Sysroot, commit object.Checksum, target container.Reference) error {
	origin := sysroot.NewOrigin("")
	origin.Remove("origin", "refspec")
	if err := origin.Set("origin", originKey, target.String()); err != nil {
		return err
	}
	merge := s.MergeDeployment(c.stateroot)
	o := &sysroot.DeployOptions{}
	if len(c.kargs) > 0 {
		o.Kargs = kargs.Of(c.kargs...)
	}
	d, err := s.DeployTree(c.ctx, c.stateroot, commit, origin, merge, o)
	if err != nil {
		return err
	}
	if err := s.SimpleWriteDeployment(c.ctx, c.stateroot, d, merge, 0); err != nil || c.commitFile == "" {
		return err
	}
	return os.WriteFile(c.commitFile, []byte(commit.String()), 0o644)
}

func runPruneImages(ctx context.Context, env *cli.Env, args []string) error {
	c := newCommand(ctx, env, "", "Garbage collect images that no deployment uses")
	var path string
	var layers, full bool
	c.add(cli.Option{Long: "sysroot", Arg: "SYSROOT", Help: "Path to the system root", Value: cli.Filename(&path)},
		cli.Option{Long: "and-layers", Help: "Also prune layers", Value: cli.Bool(&layers)},
		cli.Option{Long: "full", Help: "Also prune layers and objects", Value: cli.Bool(&full)})
	_, done, err := c.parse(args, 0, 0)
	if done || err != nil {
		return err
	}
	s, err := c.loadSysroot(path)
	if err != nil {
		return err
	}
	defer s.Close()
	removed, err := container.RemoveOtherImages(ctx, s.Repo(), deployedImages(s))
	if err != nil {
		return err
	}
	if len(removed) == 0 {
		c.printf("No unreferenced images.\n")
		return nil
	}
	for _, img := range removed {
		c.printf("Removed: %s\n", img)
	}
	if !layers && !full {
		return nil
	}
	n, err := container.PruneLayers(ctx, s.Repo())
	if err != nil {
		return err
	}
	c.printf("Removed layers: %d\n", n)
	if !full {
		return nil
	}
	return s.Cleanup(ctx)
}

// deployedImages are the images that deployments came from.
func deployedImages(s *sysroot.Sysroot) []container.ImageReference {
	var out []container.ImageReference
	for _, d := range s.Deployments() {
		if d.Origin == nil {
			continue
		}
		text, ok := d.Origin.Value("origin", originKey)
		if !ok {
			continue
		}
		if r, err := container.ParseReference(text); err == nil {
			out = append(out, r.Image)
		}
	}
	return out
}
