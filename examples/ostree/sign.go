package main

import (
	"context"
	"errors"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sign"
)

// signRun is one execution of the command.
type signRun struct {
	*command
	repo   *ostree.Repo
	engine sign.Engine
	commit object.Checksum
	keys   []string // as they stand on the command line

	remove, verify, json       bool
	engineName, file, keysPath string
}

func runSign(ctx context.Context, env *cli.Env, args []string) error {
	c := &signRun{}
	c.command = newCommand(ctx, env, "COMMIT KEY-ID...", "Sign a commit",
		cli.Option{Long: "delete", Short: 'd', Help: "Delete signatures having any of the KEY-IDs", Value: cli.Bool(&c.remove)},
		cli.Option{Long: "verify", Help: "Verify signatures", Value: cli.Bool(&c.verify)},
		cli.Option{Long: "sign-type", Short: 's', Arg: "NAME", Help: "Signature type to use (defaults to 'ed25519')", Value: cli.String(&c.engineName)},
		cli.Option{Long: "keys-file", Arg: "NAME", Help: "Read key(s) from file", Value: cli.Filename(&c.file)},
		cli.Option{Long: "keys-dir", Arg: "NAME", Help: "Redefine system-wide directories with public and revoked keys for verification", Value: cli.Filename(&c.keysPath)},
		jsonOption(&c.json))
	r, rest, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	switch {
	case len(rest) == 0:
		return c.usage("Need a COMMIT to sign or verify")
	case len(rest) == 1 && !c.verify && c.file == "":
		return c.usage("Need at least one KEY-ID to sign with")
	case c.remove && c.verify:
		return c.usage("Cannot specify both --delete and --verify")
	case c.keysPath != "" && !c.verify:
		return c.usage("--keys-dir requires --verify")
	}
	c.repo, c.keys = r, rest[1:]
	if c.commit, err = r.ResolveRev(rest[0]); err != nil {
		return err
	}
	if c.engine, err = r.Engine(c.engineName); err != nil {
		return err
	}
	switch {
	case c.verify:
		return c.runVerify()
	case c.remove:
		return c.runDelete()
	}
	return c.runSign()
}

func (c *signRun) runSign() error {
	var files []string
	if c.file != "" {
		files = []string{c.file}
	}
	keys, err := secretKeys(c.engine, c.keys, files)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := c.repo.SignCommit(c.ctx, c.commit, c.engine, key); err != nil {
			return err
		}
	}
	if c.json {
		return c.printJSON(signJSON{Commit: c.commit, Added: len(keys)})
	}
	return nil
}

// runDelete removes the signatures that were made by the owners of public keys.
func (c *signRun) runDelete() error {
	r, err := keyReader(c.engine)
	if err != nil {
		return err
	}
	var public [][]byte
	for _, text := range c.keys {
		key, err := r.PublicKey(text)
		if err != nil {
			return err
		}
		public = append(public, key)
	}
	if c.file != "" {
		keys, err := sign.ReadPublicKeys(c.engine, c.file)
		if err != nil {
			return err
		}
		public = append(public, keys...)
	}
	if len(public) == 0 { // the file is empty
		return c.printDeleted(signJSON{Commit: c.commit}, c.json)
	}
	n, err := c.repo.DeleteSignatures(c.commit, c.engine, public)
	if err != nil && !errors.Is(err, ostree.ErrNoSignatures) {
		return err
	}
	return c.printDeleted(signJSON{Commit: c.commit, Deleted: n}, c.json)
}

// runVerify looks for a key that verifies: those of the command line one after the other, then, if there
// are none or a file is given too, those of the file or of the system. Of several reasons why there
// is none, only that of the last step is told.
func (c *signRun) runVerify() error {
	r, err := keyReader(c.engine)
	if err != nil {
		return err
	}
	for _, text := range c.keys {
		key, err := r.PublicKey(text)
		if err != nil {
			continue
		}
		if msg, err := c.repo.VerifyCommit(c.commit, c.engine, &sign.Keys{Trusted: [][]byte{key}}); err == nil {
			return c.verified(msg)
		}
	}
	if len(c.keys) > 0 && c.file == "" {
		return errors.New("No valid signatures found")
	}
	keys, err := c.trustedKeys()
	if err != nil {
		return err
	}
	msg, err := c.repo.VerifyCommit(c.commit, c.engine, keys)
	if err != nil {
		return err
	}
	return c.verified(msg)
}

// trustedKeys are those of the file, of --keys-dir, or (nil) of the system.
func (c *signRun) trustedKeys() (*sign.Keys, error) {
	switch {
	case c.file != "":
		keys, err := sign.ReadPublicKeys(c.engine, c.file)
		return &sign.Keys{Trusted: keys}, err
	case c.keysPath != "":
		return sign.LoadKeys(c.engine, c.keysPath)
	}
	return nil, nil
}

func (c *signRun) verified(msg string) error {
	if c.json {
		return c.printJSON(signJSON{Commit: c.commit, Message: msg})
	}
	c.printf("%s\n", msg)
	return nil
}
