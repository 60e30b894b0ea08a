package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/container"
)

// command is the frame that all commands share: options, arguments, the repository, the registry.
type command struct {
	ctx    context.Context
	env    *cli.Env
	parser cli.Parser
	repo   string
	quiet  bool

	anonymous, insecure bool
	authFile, certDir   string
}

// newCommand declares a command. params and summary are those of the help text.
func newCommand(ctx context.Context, env *cli.Env, params, summary string) *command {
	c := &command{ctx: ctx, env: env}
	c.parser = cli.Parser{Program: env.Program, Params: params, Summary: summary}
	return c
}

// The two ways to name an image, which help texts explain: the messages about mistakes are ostree-ext's.
const (
	originNames = `IMGREF is an image, and what proves its origin:
  ostree-unverified-registry:HOST/NAME:TAG   nothing but the registry's certificate
  ostree-unverified-image:IMAGE              nothing
  ostree-image-signed:IMAGE                  the signature policy in containers-policy.json(5)
  ostree-remote-image:REMOTE:IMAGE           the commit's signature by a key of an ostree remote
  ostree-remote-registry:REMOTE:HOST/NAME:TAG
IMAGE is docker://HOST/NAME:TAG, oci:DIR[:TAG], oci-archive:FILE or docker-archive:FILE.
`
	imageNames = `IMGREF is docker://HOST/NAME:TAG, oci:DIR[:TAG], oci-archive:FILE or docker-archive:FILE.
`
)

func (c *command) add(options ...cli.Option) { c.parser.Options = append(c.parser.Options, options...) }

func (c *command) addRepo() {
	c.add(cli.Option{Long: "repo", Arg: "REPO", Help: "Path to the repository", Value: cli.Filename(&c.repo)})
}

func (c *command) addJSON(p *bool) {
	c.add(cli.Option{Long: "json", Help: "Print JSON", Value: cli.Bool(p)})
}

func (c *command) addQuiet() {
	c.add(cli.Option{Long: "quiet", Help: "Don't display progress", Value: cli.Bool(&c.quiet)})
}

func (c *command) addAuthFile() {
	c.add(cli.Option{Long: "authfile", Arg: "AUTHFILE", Help: "Path to Docker-formatted authentication file", Value: cli.Filename(&c.authFile)})
}

// addRegistry declares the options about registries.
func (c *command) addRegistry() {
	c.add(cli.Option{Long: "auth-anonymous", Help: "Do not use default authentication files", Value: cli.Bool(&c.anonymous)})
	c.addAuthFile()
	c.add(cli.Option{Long: "cert-dir", Arg: "CERT_DIR", Help: "Directory with certificates (*.crt, *.cert, *.key) used to connect to registry", Value: cli.Filename(&c.certDir)},
		cli.Option{Long: "insecure-skip-tls-verification", Help: "Skip TLS verification", Value: cli.Bool(&c.insecure)})
}

// parse reads the command line, which must have between min and max arguments (max < 0: any number). done
// is true when help was asked for.
func (c *command) parse(args []string, min, max int) (rest []string, done bool, err error) {
	rest, err = c.parser.Parse(args)
	if errors.Is(err, cli.ErrHelp) {
		_, err = io.WriteString(c.env.Stdout, c.parser.Help())
		return nil, true, err
	}
	switch {
	case err != nil:
		return nil, false, err
	case len(rest) < min:
		return nil, false, c.parser.UsageError("Not enough arguments: %s", c.parser.Params)
	case max >= 0 && len(rest) > max:
		return nil, false, c.parser.UsageError("Too many arguments given")
	}
	return rest, false, nil
}

// parseRepo is parse for commands with a --repo option, and opens the repository. r is nil when done.
func (c *command) parseRepo(args []string, min, max int) (r *ostree.Repo, rest []string, err error) {
	rest, done, err := c.parse(args, min, max)
	if done || err != nil {
		return nil, nil, err
	}
	if c.repo == "" {
		return nil, nil, c.parser.UsageError("Command requires a --repo argument")
	}
	r, err = c.open(c.repo)
	return r, rest, err
}

// open opens a repository with the environment's settings, which libraries do not read.
func (c *command) open(path string) (*ostree.Repo, error) {
	o := &ostree.Options{BootID: c.env.Lookup("OSTREE_BOOTID"), AllowDummySign: c.env.Lookup("OSTREE_DUMMY_SIGN_ENABLED") == "1"}
	if d := c.env.Lookup("OSTREE_GPG_HOME"); d != "" {
		o.GPGHomeDirs = []string{d}
	}
	if sameDir(path, "/ostree/repo") || sameDir(path, "/sysroot/ostree/repo") {
		o.RemotesConfigDir = "/etc/ostree/remotes.d"
	}
	r, err := ostree.Open(path, o)
	if err != nil && !strings.Contains(err.Error(), path) { // libostree's words need not name it
		err = fmt.Errorf("%s: %w", path, err)
	}
	return r, err
}

func sameDir(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// registry translates the options for pulling.
func (c *command) registry() (*container.RegistryOptions, error) {
	if c.anonymous && c.authFile != "" {
		return nil, errors.New("--auth-anonymous and --authfile contradict each other")
	}
	o := &container.RegistryOptions{AuthFile: c.authFile, CertDir: c.certDir, Insecure: c.insecure}
	if o.AuthFile == "" && !c.anonymous {
		o.AuthFile = firstFile(c.ostreeDirs(), "auth.json")
	}
	return o, nil
}

// ostreeDirs are the directories where ostree programs look for credentials.
func (c *command) ostreeDirs() []string {
	if os.Geteuid() == 0 {
		return []string{"/run/ostree", "/etc/ostree", "/usr/lib/ostree"}
	}
	return []string{below(c.env.Lookup("XDG_RUNTIME_DIR"), "ostree"), below(c.configHome(), "ostree")}
}

// pushRegistry is for pushing, which uses the credentials that container programs have.
func (c *command) pushRegistry() *container.RegistryOptions {
	o := &container.RegistryOptions{AuthFile: c.authFile}
	if o.AuthFile == "" {
		o.AuthFile = c.env.Lookup("REGISTRY_AUTH_FILE")
	}
	if o.AuthFile == "" {
		o.AuthFile = firstFile([]string{below(c.env.Lookup("XDG_RUNTIME_DIR"), "containers"), below(c.configHome(), "containers")}, "auth.json")
	}
	if o.AuthFile == "" {
		o.AuthFile = firstFile([]string{below(c.env.Lookup("HOME"), ".docker")}, "config.json")
	}
	return o
}

func (c *command) configHome() string {
	if d := c.env.Lookup("XDG_CONFIG_HOME"); d != "" {
		return d
	}
	return below(c.env.Lookup("HOME"), ".config")
}

// below joins paths unless the first is unknown.
func below(dir, name string) string {
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, name)
}

// firstFile returns the first of the directories' files that exists, "" if there is none.
func firstFile(dirs []string, name string) string {
	for _, d := range dirs {
		if p := below(d, name); p != "" {
			if st, err := os.Stat(p); err == nil && st.Mode().IsRegular() {
				return p
			}
		}
	}
	return ""
}

// policy loads the signature policy if a reference asks for it: the user's, or else the system's.
func (c *command) policy(ref container.Reference) (*container.Policy, error) {
	if ref.Verify != container.VerifyPolicy {
		return nil, nil
	}
	path := firstFile([]string{below(c.configHome(), "containers")}, "policy.json")
	if path == "" {
		path = container.DefaultPolicyPath
	}
	return container.LoadPolicy(path)
}

// pullOptions collects what a pull needs.
func (c *command) pullOptions(ref container.Reference) (*container.PullOptions, error) {
	reg, err := c.registry()
	if err != nil {
		return nil, err
	}
	p, err := c.policy(ref)
	return &container.PullOptions{Registry: reg, Policy: p}, err
}

// progress draws on the standard error stream; finish must be called before anything else is printed.
func (c *command) progress() (p ostree.Progress, finish func()) {
	f, ok := c.env.Stderr.(*os.File)
	if c.quiet || !ok {
		return nil, func() {}
	}
	return cli.NewProgress(f)
}

func (c *command) printf(format string, args ...any) { fmt.Fprintf(c.env.Stdout, format, args...) }

// printJSON prints one value, indented.
func (c *command) printJSON(v any) error {
	e := json.NewEncoder(c.env.Stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
