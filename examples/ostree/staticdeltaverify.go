package main

import (
	"context"
	"errors"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/sign"
)

// deltaKeys are the options that say which signatures of a delta count.
type deltaKeys struct{ engine, file, dir string }

func (k *deltaKeys) options() []cli.Option {
	return []cli.Option{
		{Long: "sign-type", Arg: "NAME", Help: "Signature type to use (defaults to 'ed25519')", Value: cli.String(&k.engine)},
		{Long: "keys-file", Arg: "NAME", Help: "Read key(s) from file", Value: cli.Filename(&k.file)},
		{Long: "keys-dir", Arg: "NAME", Help: "Redefine system-wide directories with public and revoked keys for verification", Value: cli.Filename(&k.dir)},
	}
}

// load returns the keys of the command line, those of the file, or else of the directory; nil if nothing was
// given.
func (k *deltaKeys) load(e sign.Engine, texts []string) (*sign.Keys, error) {
	if len(texts) == 0 && k.file == "" {
		if k.dir == "" {
			return nil, nil
		}
		return sign.LoadKeys(e, k.dir)
	}
	r, err := keyReader(e)
	if err != nil {
		return nil, err
	}
	keys := &sign.Keys{}
	for _, text := range texts {
		key, err := r.PublicKey(text)
		if err != nil {
			return nil, err
		}
		keys.Trusted = append(keys.Trusted, key)
	}
	if k.file != "" {
		more, err := sign.ReadPublicKeys(e, k.file)
		if err != nil {
			return nil, err
		}
		keys.Trusted = append(keys.Trusted, more...)
	}
	return keys, nil
}

func runDeltaVerify(ctx context.Context, env *cli.Env, args []string) error {
	k := &deltaKeys{}
	c := newCommand(ctx, env, "STATIC-DELTA-FILE [KEY-ID...]", "Verify static delta signatures", k.options()...)
	r, rest, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	if len(rest) == 0 {
		return errors.New("DELTA must be specified")
	}
	engine, err := r.Engine(k.engine)
	if err != nil {
		c.printf("Sign-type not supported\n")
		return err
	}
	keys, err := k.load(engine, rest[1:])
	if err == nil && keys == nil {
		keys, err = r.SystemKeys(engine)
	}
	if err != nil {
		return err
	}
	if _, err := r.VerifyDelta(rest[0], engine, keys); err != nil {
		c.printf("Verification fails\n")
		return err
	}
	c.printf("Verification OK\n")
	return nil
}

func runDeltaApply(ctx context.Context, env *cli.Env, args []string) error {
	k := &deltaKeys{}
	c := newCommand(ctx, env, "", "Apply static delta file", k.options()...)
	r, rest, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	if len(rest) == 0 {
		return errors.New("PATH must be specified")
	}
	o := &ostree.ApplyDeltaOptions{}
	if o.Engine, err = r.Engine(k.engine); err != nil {
		return err
	}
	if o.Keys, err = k.load(o.Engine, rest[1:]); err != nil {
		return err
	}
	if o.Keys == nil {
		// Without keys in the system there is nothing to verify with, which is fine unless the configuration demands it.
		switch _, err := r.SystemKeys(o.Engine); {
		case errors.Is(err, sign.ErrNoKeys):
			o.Engine = nil
		case err != nil:
			return err
		}
	}
	_, err = r.ApplyDeltaOffline(ctx, rest[0], o)
	return err
}
