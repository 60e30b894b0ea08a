package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
)

func runRemote(ctx context.Context, env *cli.Env, args []string) error {
	var verbose bool
	a := &cli.App{
		Name:    "remote",
		Summary: "Remote commands that may involve internet access",
		Commands: []cli.Command{
			{Name: "add", Help: "Add a remote repository", Run: runRemoteAdd},
			{Name: "delete", Help: "Delete a remote repository", Run: runRemoteDelete},
			{Name: "show-url", Help: "Show remote repository URL", Run: runRemoteShowURL},
			{Name: "list", Help: "List remote repository names", Run: runRemoteList},
			{Name: "gpg-import", Help: "Import GPG keys", Run: runRemoteGPGImport},
			{Name: "gpg-list-keys", Help: "Show remote GPG keys", Run: runRemoteGPGListKeys},
			{Name: "add-cookie", Help: "Add a cookie to remote", Run: runRemoteAddCookie},
			{Name: "delete-cookie", Help: "Remove one cookie from remote", Run: runRemoteDeleteCookie},
			{Name: "list-cookies", Help: "Show remote repository cookies", Run: runRemoteListCookies},
			{Name: "refs", Help: "List remote refs", Run: runRemoteRefs},
			{Name: "summary", Help: "Show remote summary", Run: runRemoteSummary},
		},
		Options: []cli.Option{
			{Long: "verbose", Short: 'v', Help: "Print debug information during command processing", Value: cli.Bool(&verbose)},
			versionOption(env),
		},
	}
	return a.Run(ctx, env, args)
}

// remoteChange is the frame of the commands that change the configuration of remotes, which may be
// that of a system at another root.
type remoteChange struct {
	*command
	sysroot string
}

func newRemoteChange(ctx context.Context, env *cli.Env, params, summary string, options ...cli.Option) *remoteChange {
	c := &remoteChange{}
	c.command = newCommand(ctx, env, params, summary, options...)
	c.parser.Options = append(c.parser.Options,
		cli.Option{Long: "repo", Arg: "PATH", Help: "Path to OSTree repository (defaults to /sysroot/ostree/repo)", Value: cli.Filename(&c.repo)},
		cli.Option{Long: "sysroot", Arg: "PATH", Help: "Use sysroot at PATH (overrides --repo)", Value: cli.Filename(&c.sysroot)})
	return c
}

// open opens the repository, of the sysroot if one is given.
func (c *remoteChange) open() (*ostree.Repo, error) {
	if c.sysroot == "" {
		path, err := c.repoPath()
		if err != nil {
			return nil, err
		}
		return ostree.Open(path, c.options(path))
	}
	path := filepath.Join(c.sysroot, "ostree/repo")
	o := c.options(path)
	o.RemotesConfigDir = ""
	// A physical root that nobody runs from has no /etc: its remotes are in the repository's config.
	if _, err := os.Lstat(filepath.Join(c.sysroot, "sysroot")); err == nil {
		o.RemotesConfigDir = filepath.Join(c.sysroot, "etc/ostree/remotes.d")
	}
	return ostree.Open(path, o)
}

func runRemoteDelete(ctx context.Context, env *cli.Env, args []string) error {
	o := &ostree.DeleteRemoteOptions{}
	c := newRemoteChange(ctx, env, "NAME", "Delete a remote repository",
		cli.Option{Long: "if-exists", Help: "Do nothing if the provided remote does not exist", Value: cli.Bool(&o.IfExists)})
	rest, done, err := c.parse(args)
	if done || err != nil {
		return err
	}
	if len(rest) == 0 {
		return c.usage("NAME must be specified")
	}
	r, err := c.open()
	if err != nil {
		return err
	}
	defer r.Close()
	return r.DeleteRemote(rest[0], o)
}

func runRemoteShowURL(ctx context.Context, env *cli.Env, args []string) error {
	c := newCommand(ctx, env, "NAME", "Show remote repository URL")
	r, rest, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	if len(rest) == 0 {
		return c.usage("NAME must be specified")
	}
	remote, err := r.Remote(rest[0])
	if err != nil {
		return err
	}
	url, ok, err := remote.Option("url")
	if err == nil && !ok {
		err = noURL(remote.Name)
	}
	if err == nil {
		c.printf("%s\n", url)
	}
	return err
}

func noURL(remote string) error {
	return fmt.Errorf("No \"url\" option in remote \"%s\"", remote)
}

// remoteJSON is one element of what remote list --json prints.
type remoteJSON struct {
	Name       string            `json:"name"`
	URL        string            `json:"url,omitempty"`
	Collection string            `json:"collection_id,omitempty"`
	File       string            `json:"file,omitempty"` // that configures the remote; the repository's config if missing
	Settings   map[string]string `json:"settings"`       // as they stand in the file
}

func runRemoteList(ctx context.Context, env *cli.Env, args []string) error {
	var urls, json bool
	c := newCommand(ctx, env, "", "List remote repository names",
		cli.Option{Long: "show-urls", Short: 'u', Help: "Show remote URLs in list", Value: cli.Bool(&urls)}, jsonOption(&json))
	r, _, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	names, err := r.RemoteNames()
	if err != nil {
		return err
	}
	list, width := []remoteJSON{}, 0
	for _, name := range names {
		j, err := describeRemote(r, name)
		if err != nil {
			return err
		}
		list, width = append(list, j), max(width, len(name))
	}
	if json {
		return jsonSlice(c, list)
	}
	for _, j := range list {
		if !urls {
			c.printf("%s\n", j.Name)
			continue
		}
		if j.URL == "" {
			return noURL(j.Name)
		}
		c.printf("%-*s  %s\n", width, j.Name, j.URL)
	}
	return nil
}

func describeRemote(r *ostree.Repo, name string) (j remoteJSON, err error) {
	remote, err := r.Remote(name)
	if err != nil {
		return j, err
	}
	j = remoteJSON{Name: name, Collection: remote.CollectionID(), File: remote.File, Settings: map[string]string{}}
	keys, err := remote.Options()
	if err != nil {
		return j, err
	}
	for _, k := range keys {
		if j.Settings[k], _, err = remote.Option(k); err != nil {
			return j, err
		}
	}
	j.URL, _ = remote.URL() // a remote without URL is listed too
	return j, nil
}
