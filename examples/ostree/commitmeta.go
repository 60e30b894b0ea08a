package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/nestos-dev/nestos/ostree/object"
)

// boundRefs are the refs that the commit records: the branch and the --bind-ref ones.
func (c *commitRun) boundRefs() []string {
	refs := slices.Clone(c.o.bindRefs)
	if c.o.branch != "" {
		refs = append(refs, c.o.branch)
	}
	return refs
}

func (c *commitRun) parentCommit() (p object.Checksum, err error) {
	switch {
	case c.o.parent == "none":
		return p, nil
	case c.o.parent != "":
		return object.ParseChecksum(c.o.parent)
	case c.o.orphan:
		return p, nil
	}
	p, _, err = c.repo.ResolveRevOptional(c.o.branch)
	return p, err
}

func stringDict(pairs []string) (*object.Dict, error) {
	d := &object.Dict{}
	for _, s := range pairs {
		key, value, err := splitKeyValue(s)
		if err != nil {
			return nil, err
		}
		d.Add(key, object.NewString(value))
	}
	return d, nil
}

// metadata puts together what the options ask for, in the order that is hashed.
func (c *commitRun) metadata(parent object.Checksum) (*object.Dict, error) {
	d, err := stringDict(c.o.metaStrings)
	if err != nil {
		return nil, err
	}
	for _, s := range c.o.meta {
		key, value, err := splitKeyValue(s)
		if err != nil {
			return nil, err
		}
		v, err := object.ParseVariant(value, "")
		if err != nil {
			return nil, fmt.Errorf("Parsing %s: %w", s, err)
		}
		d.Add(key, v)
	}
	if len(c.o.keepMeta) == 0 {
		return d, nil
	}
	if parent.IsZero() {
		return nil, errors.New("Either --branch or --parent must be specified when using --keep-metadata")
	}
	old, err := c.repo.LoadCommit(parent)
	if err != nil {
		return nil, err
	}
	for _, key := range c.o.keepMeta {
		v, ok := old.Metadata.Lookup(key)
		if !ok {
			return nil, fmt.Errorf("Missing metadata key '%s' from commit '%s'", key, parent)
		}
		d.Add(key, v)
	}
	return d, nil
}

func (c *commitRun) timestamp() (time.Time, error) {
	if s := c.o.timestamp; s != "" {
		t, err := parseDate(s)
		if err != nil {
			return t, fmt.Errorf("Could not parse '%s'", s)
		}
		return t, nil
	}
	epoch := c.env.Lookup("SOURCE_DATE_EPOCH")
	if epoch == "" {
		return time.Now(), nil
	}
	n, err := strconv.ParseInt(epoch, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return time.Time{}, errors.New("Parsing SOURCE_DATE_EPOCH: Numerical result out of range")
	case err != nil:
		return time.Time{}, errors.New("Failed to convert SOURCE_DATE_EPOCH")
	}
	return time.Unix(n, 0), nil
}

func (c *commitRun) message() error {
	if c.o.bodyFile != "" {
		b, err := os.ReadFile(c.o.bodyFile)
		if err != nil {
			_, err = openFile(c.o.bodyFile)
			return err
		}
		c.o.body = string(b)
	}
	if !c.o.editor {
		return nil
	}
	subject, body, err := editMessage(c.ctx, c.env, c.o.branch)
	c.o.subject, c.o.body = subject, body
	return err
}
