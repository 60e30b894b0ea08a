package main

import "github.com/nestos-dev/nestos/ostree/object"

// sign adds the signatures that the options ask for to the new commit, before it becomes visible.
func (c *commitRun) sign(commit object.Checksum) error {
	o := c.o
	if len(o.sign) > 0 || len(o.signFiles) > 0 {
		engine, err := c.repo.Engine(o.signType)
		if err != nil {
			return err
		}
		keys, err := secretKeys(engine, o.sign, o.signFiles)
		if err != nil {
			return err
		}
		for _, key := range keys {
			if err := c.repo.SignCommit(c.ctx, commit, engine, key); err != nil {
				return err
			}
		}
	}
	if len(o.gpgSign) == 0 {
		return nil
	}
	home := c.signingHome(o.gpgHome)
	for _, id := range o.gpgSign {
		if err := c.repo.SignCommitGPG(c.ctx, commit, home, id); err != nil {
			return err
		}
	}
	return nil
}
