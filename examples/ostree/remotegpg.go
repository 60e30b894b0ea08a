package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/sign"
)

func runRemoteGPGImport(ctx context.Context, env *cli.Env, args []string) error {
	var files []string
	var stdin, json bool
	c := newCommand(ctx, env, "NAME [KEY-ID...]", "Import GPG keys",
		cli.Option{Long: "keyring", Short: 'k', Arg: "FILE", Help: "Import keys from a keyring file (repeatable)", Value: cli.Filenames(&files)},
		cli.Option{Long: "stdin", Help: "Import keys from standard input", Value: cli.Bool(&stdin)},
		jsonOption(&json))
	r, rest, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	switch {
	case len(rest) == 0:
		return c.usage("NAME must be specified")
	case stdin && len(files) > 0:
		return c.usage("--keyring and --stdin are mutually exclusive")
	}
	n, err := c.importKeys(r, rest[0], files, stdin, rest[1:])
	if err != nil {
		return err
	}
	if json {
		return c.printJSON(importJSON{rest[0], n})
	}
	c.printImported(rest[0], n)
	return nil
}

// importJSON is what remote gpg-import prints with --json.
type importJSON struct {
	Remote   string `json:"remote"`
	Imported int    `json:"imported"` // keys that were new
}

func (c *command) printImported(remote string, n int) {
	plural := "s"
	if n == 1 {
		plural = ""
	}
	c.printf("Imported %d GPG key%s to remote \"%s\"\n", n, plural, remote)
}

// importKeys adds keys to those of a remote, from files or from standard input.
func (c *command) importKeys(r *ostree.Repo, remote string, files []string, stdin bool, ids []string) (int, error) {
	keys, err := c.sourceKeys(files, stdin)
	if err != nil {
		return 0, err
	}
	n, err := r.ImportGPGKeys(remote, keys, ids)
	if errors.Is(err, ostree.ErrRemoteNotFound) {
		err = fmt.Errorf("GPG: %w", err)
	}
	return n, err
}

// maxKeyInput bounds what is read of keys, in bytes.
const maxKeyInput = 64 << 20

func (c *command) sourceKeys(files []string, stdin bool) (*sign.Keyring, error) {
	if stdin {
		return readKeys(c.env.Stdin, "standard input")
	}
	all := &sign.Keyring{}
	for _, path := range files {
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("Error opening file %s: %w", path, cause(err))
		}
		keys, err := readKeys(f, path)
		f.Close()
		if err != nil {
			return nil, err
		}
		all.Add(keys)
	}
	return all, nil
}

func readKeys(r io.Reader, name string) (*sign.Keyring, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxKeyInput+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("GPG: reading %s: %w", name, cause(err))
	case len(data) > maxKeyInput:
		return nil, fmt.Errorf("GPG: %s: more than %d bytes of keys", name, maxKeyInput)
	}
	keys, err := sign.ParseKeyring(data)
	if err != nil {
		return nil, fmt.Errorf("GPG: Unable to export keys: %w", err)
	}
	return keys, nil
}

func runRemoteGPGListKeys(ctx context.Context, env *cli.Env, args []string) error {
	var json bool
	c := newCommand(ctx, env, "NAME", "Show remote GPG keys", jsonOption(&json))
	r, rest, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	keys, err := listedKeys(r, rest)
	if err != nil {
		return err
	}
	if !json {
		return keys.WriteKeyList(env.Stdout, nil)
	}
	list := []sign.KeyInfo{}
	for _, k := range keys.Keys() {
		list = append(list, k.Info(time.Now(), keys))
	}
	return jsonSlice(c, list)
}

// listedKeys are those of a remote; without a name those that all remotes share.
func listedKeys(r *ostree.Repo, args []string) (*sign.Keyring, error) {
	if len(args) == 0 {
		return r.GlobalKeyring()
	}
	if _, err := r.Remote(args[0]); err != nil {
		return nil, err
	}
	return r.ImportedKeys(args[0])
}
