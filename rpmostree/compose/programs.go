package compose

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/rpmostree/internal/assemble"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/nestos-dev/nestos/rpmostree/internal/sandbox"
	"github.com/nestos-dev/nestos/rpmostree/internal/workroot"
	"github.com/nestos-dev/nestos/rpmostree/treefile"
)

// program is an executable file that is run in the tree.
type program struct {
	path    string // in the tree, while it runs
	begin   string // message
	failure string // what errors begin with
	content []byte
}

// runPostprocess runs the scripts of the treefile; the tree has /etc in its place.
func (b *build) runPostprocess(ctx context.Context) error {
	names, bodies, err := b.tf.PostprocessScripts()
	if err != nil {
		return err
	}
	var list []program
	for i, body := range bodies {
		p := program{
			path: fmt.Sprintf("usr/bin/rpmostree-postprocess-inline-%d", i), content: body,
			begin: fmt.Sprintf("Executing `postprocess` inline script '%d'", i), failure: names[i],
		}
		if i >= len(b.tf.Postprocess) {
			p.path, p.begin, p.failure = "usr/bin/rpmostree-treefile-postprocess-script", "Executing postprocessing script", "Executing postprocessing script"
		}
		list = append(list, p)
	}
	return b.runPrograms(ctx, list, sandbox.Config{}, nil)
}

const finalizeWorkdir = "run/rpm-ostree-workdir"

// runFinalize runs the programs of finalize.d, the last that may change the tree.
func (b *build) runFinalize(ctx context.Context) (err error) {
	if b.tf == nil {
		return nil
	}
	var list []program
	for i, s := range b.tf.FinalizeScripts() {
		f, err := b.tf.Open(treefile.External(s))
		if err != nil {
			return err
		}
		content, err := io.ReadAll(io.LimitReader(f, rootfs.MaxReadFile+1))
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
		if len(content) > rootfs.MaxReadFile {
			return fmt.Errorf("%s is larger than %d bytes", s.Path, rootfs.MaxReadFile)
		}
		list = append(list, program{
			path: fmt.Sprintf("usr/bin/rpmostree-finalize-%d", i), content: content,
			begin: "Executing finalize.d/" + s.Name, failure: "Executing finalize.d/" + s.Name,
		})
	}
	if len(list) == 0 {
		return nil
	}
	scratch := filepath.Join(b.dir, "finalize-workdir")
	if err := os.RemoveAll(scratch); err != nil {
		return err
	}
	if err := os.Mkdir(scratch, 0o700); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	leave, err := assemble.Enter(b.tree)
	if err != nil {
		return err
	}
	config := sandbox.Config{Binds: []sandbox.Bind{{Source: scratch, Target: finalizeWorkdir, Writable: true}}}
	if err := b.runPrograms(ctx, list, config, []string{"RPMOSTREE_WORKDIR=/" + finalizeWorkdir}); err != nil {
		return err
	}
	return leave()
}

// runPrograms runs programs one after the other in the sandbox, and takes what they changed below /usr and /etc.
func (b *build) runPrograms(ctx context.Context, list []program, config sandbox.Config, env []string) (err error) {
	if len(list) == 0 {
		return nil
	}
	for _, p := range list {
		if err := b.write(ctx, p.path, 0o755, string(p.content)); err != nil {
			return err
		}
	}
	o := b.scriptOptions()
	root, err := workroot.Open(ctx, workroot.Config{Tree: b.tree, Dir: o.Dir, Sandbox: config, Logger: o.Logger})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	for _, p := range list {
		b.message("%s", p.begin)
		err := root.Session.Run(ctx, &sandbox.Cmd{Argv: []string{"/" + p.path}, Env: append(o.Run.Env(), env...), Output: b.opts.ScriptOutput})
		if err != nil {
			return fmt.Errorf("%s: %w", p.failure, err)
		}
	}
	if err := root.Apply(ctx); err != nil {
		return err
	}
	for _, p := range list {
		if err := b.tree.RemoveAll(p.path); err != nil {
			return err
		}
	}
	return nil
}
