package main

import (
	"context"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree/object"
)

func runGPGSign(ctx context.Context, env *cli.Env, args []string) error {
	var remove, json bool
	var homeDir string
	c := newCommand(ctx, env, "COMMIT KEY-ID...", "Sign a commit",
		cli.Option{Long: "delete", Short: 'd', Help: "Delete signatures having any of the GPG KEY-IDs", Value: cli.Bool(&remove)},
		cli.Option{Long: "gpg-homedir", Arg: "HOMEDIR", Help: "GPG Homedir to use when looking for keyrings", Value: cli.Filename(&homeDir)},
		jsonOption(&json))
	r, rest, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	switch len(rest) {
	case 0:
		return c.usage("Need a COMMIT to sign")
	case 1:
		return c.usage("Need at least one GPG KEY-ID to sign with")
	}
	commit, err := r.ResolveRev(rest[0])
	if err != nil {
		return err
	}
	ids := rest[1:]
	result := signJSON{Commit: commit}
	if remove {
		if result.Deleted, err = r.DeleteGPGSignatures(ctx, commit, c.gpgHome(homeDir), ids); err != nil {
			return err
		}
		return c.printDeleted(result, json)
	}
	home := c.signingHome(homeDir)
	for _, id := range ids {
		if err := r.SignCommitGPG(ctx, commit, home, id); err != nil {
			return err
		}
		result.Added++
	}
	if json {
		return c.printJSON(result)
	}
	return nil
}

// signJSON is what sign and gpg-sign print with --json.
type signJSON struct {
	Commit  object.Checksum `json:"commit"`
	Added   int             `json:"added"`             // signatures
	Deleted int             `json:"deleted"`           // the same
	Message string          `json:"message,omitempty"` // about the signature that was verified
}

func (c *command) printDeleted(result signJSON, json bool) error {
	if json {
		return c.printJSON(result)
	}
	c.printf("Signatures deleted: %d\n", result.Deleted)
	return nil
}
