package scripts

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/nestos-dev/nestos/internal/journal"
	"github.com/nestos-dev/nestos/rpmostree/internal/sandbox"
)

// RunOptions say how scriptlets run. The zero value, and nil, discard their output.
type RunOptions struct {
	// Lang is the value of LANG; empty is "C".
	Lang string
	// SourceDateEpoch, unless nil, is passed on as SOURCE_DATE_EPOCH, in seconds since 1970.
	SourceDateEpoch *int64

	// Output receives the lines that scriptlets print, each as "package.script: line".
	Output io.Writer
	// Journal, unless nil, is asked for where the output of a scriptlet goes instead, as it is. The identifier is
	// "rpm-ostree(package.script)"; messages about failures tell to look there.
	Journal func(identifier string) (io.WriteCloser, error)
	// Record, unless nil, gets the fields of an entry for the journal about each scriptlet that was run.
	Record func(fields []journal.Field)
	// Logger is told about triggers without files at debug level; nil discards it.
	Logger *slog.Logger

	// Sysusers says whether systemd-sysusers runs first.
	Sysusers Sysusers
	// Begin is called before the first scriptlet of each kind that has any.
	Begin func(Kind) error
	// AfterPre is called after all of %pre, also if there was none: the users exist now.
	AfterPre func(context.Context) error
	// BeforePost is called for each package, also one without a scriptlet, before its %post.
	BeforePost func(context.Context, *Package) error

	// Debug is the ID of a scriptlet in whose place a shell runs on Terminal.
	Debug    string
	Terminal *os.File
}

// Env returns the whole environment of scriptlets.
func (o *RunOptions) Env() []string {
	lang := o.Lang
	if lang == "" {
		lang = "C"
	}
	env := []string{"PATH=/usr/sbin:/usr/bin", "LANG=" + lang, "SYSTEMD_OFFLINE=1"}
	if o.SourceDateEpoch != nil {
		env = append(env, "SOURCE_DATE_EPOCH="+strconv.FormatInt(*o.SourceDateEpoch, 10))
	}
	return env
}

// runner is a Plan that runs.
type runner struct {
	*RunOptions
	plan    *Plan
	session *sandbox.Session
	env     []string
}

// Run runs the scriptlets. The first that fails ends it.
func (p *Plan) Run(ctx context.Context, s *sandbox.Session, opts *RunOptions) error {
	if opts == nil {
		opts = &RunOptions{}
	}
	r := &runner{RunOptions: opts, plan: p, session: s, env: opts.Env()}
	if err := r.sysusers(ctx); err != nil {
		return err
	}
	if err := r.all(ctx, p.pre); err != nil {
		return err
	}
	if r.AfterPre != nil {
		if err := r.AfterPre(ctx); err != nil {
			return err
		}
	}
	if err := r.posts(ctx); err != nil {
		return err
	}
	if err := r.all(ctx, p.postTrans); err != nil {
		return err
	}
	return r.all(ctx, p.triggers)
}

func (r *runner) begin(steps []*Step) error {
	if len(steps) == 0 || r.Begin == nil {
		return nil
	}
	return r.Begin(steps[0].Kind)
}

func (r *runner) all(ctx context.Context, steps []*Step) error {
	if err := r.begin(steps); err != nil {
		return err
	}
	for _, s := range steps {
		if err := r.step(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// posts runs %post, package by package.
func (r *runner) posts(ctx context.Context) error {
	if err := r.begin(r.plan.post); err != nil {
		return err
	}
	rest := r.plan.post
	for _, pkg := range r.plan.packages {
		if r.BeforePost != nil {
			if err := r.BeforePost(ctx, pkg); err != nil {
				return err
			}
		}
		for len(rest) > 0 && rest[0].owner == pkg {
			if err := r.step(ctx, rest[0]); err != nil {
				return err
			}
			rest = rest[1:]
		}
	}
	return nil
}

func (r *runner) step(ctx context.Context, s *Step) error {
	if s.Kind == TransFileTriggerIn {
		err := r.trigger(ctx, s)
		if err != nil {
			return fmt.Errorf("Executing %s for %s: %w", s.Kind, s.Package, err)
		}
		return nil
	}
	begin := time.Now()
	if err := r.script(ctx, s, nil); err != nil {
		return fmt.Errorf("Running %s for %s: %w", s.Kind, s.Package, err)
	}
	r.record(prePostMessage, s, begin, "")
	return nil
}

// trigger runs a file trigger if there are files for it.
func (r *runner) trigger(ctx context.Context, s *Step) error {
	if s.owner != nil {
		paths, err := r.matching(s)
		if err != nil {
			return err
		}
		s.Paths = paths
	}
	if len(s.Paths) == 0 {
		return nil
	}
	var list bytes.Buffer
	for _, p := range s.Paths {
		list.WriteString(p)
		list.WriteByte('\n')
	}
	begin := time.Now()
	if err := r.script(ctx, s, bytes.NewReader(list.Bytes())); err != nil {
		return err
	}
	r.record(fileTriggerMessage, s, begin, joinPrefixes(s))
	return nil
}

func (r *runner) matching(s *Step) ([]string, error) {
	var all []string
	for _, prefix := range s.Prefixes {
		paths, err := r.plan.files(prefix)
		if err != nil {
			return nil, fmt.Errorf("Finding matches: pattern '%s': %w", prefix[1:], err)
		}
		if len(paths) == 0 && r.Logger != nil {
			r.Logger.Debug("no files matched", "package", s.Package, "prefix", prefix)
		}
		all = append(all, paths...)
	}
	return unique(all), nil
}

// script runs a scriptlet with its output going where it belongs.
func (r *runner) script(ctx context.Context, s *Step, stdin io.Reader) error {
	id := s.ID()
	if r.Debug == id && r.Terminal != nil {
		return r.session.Run(ctx, &sandbox.Cmd{Argv: []string{"/bin/sh"}, Env: r.env, Terminal: r.Terminal})
	}
	c := &sandbox.Cmd{Argv: s.Prog, Args: s.Args, Env: r.env, Stdin: stdin}
	if s.HasBody {
		body := s.Body
		if s.Expand {
			var err error
			if body, err = r.expand(ctx, body); err != nil {
				return err
			}
		}
		c.Script = []byte(body)
	}
	return r.run(ctx, id, c)
}

// run runs a command whose output belongs to id.
func (r *runner) run(ctx context.Context, id string, c *sandbox.Cmd) error {
	if r.Journal == nil {
		w := &lineWriter{prefix: id + ": ", w: r.Output}
		if r.Output != nil {
			c.Output = w
		}
		return errors.Join(r.session.Run(ctx, c), w.Close())
	}
	identifier := "rpm-ostree(" + id + ")"
	out, err := r.Journal(identifier)
	if err != nil {
		return fmt.Errorf("While creating stdout stream fd: %w", err)
	}
	c.Output = out
	err = r.session.Run(ctx, c)
	cerr := out.Close()
	var exit *sandbox.ExitError
	if errors.As(err, &exit) {
		return fmt.Errorf("%w; run `journalctl -t '%s'` for more information", err, identifier)
	}
	return errors.Join(err, cerr)
}

// expand has the rpm of the tree expand the macros of a text.
func (r *runner) expand(ctx context.Context, text string) (string, error) {
	var out, messages bytes.Buffer
	err := r.session.Run(ctx, &sandbox.Cmd{Argv: []string{"/usr/bin/rpm", "--eval", text}, Env: r.env, Output: &out, Stderr: &messages})
	if errors.Is(err, os.ErrNotExist) {
		return "", errNoRPM
	}
	if err != nil {
		return "", fmt.Errorf("expanding macros: %w: %.200q", err, strings.TrimSpace(messages.String()))
	}
	return out.String(), nil
}
