package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/ostree/sign"
)

// summaryRun is one execution of the command.
type summaryRun struct {
	summaryView
	repo *ostree.Repo

	update, view            bool
	gpgKeys, keys, metadata []string
	gpgHomeDir, engineName  string
}

func runSummary(ctx context.Context, env *cli.Env, args []string) error {
	c := &summaryRun{}
	c.command = newCommand(ctx, env, "", "Manage summary metadata",
		cli.Option{Long: "update", Short: 'u', Help: "Update the summary", Value: cli.Bool(&c.update)},
		cli.Option{Long: "view", Short: 'v', Help: "View the local summary file", Value: cli.Bool(&c.view)},
		cli.Option{Long: "raw", Help: "View the raw bytes of the summary file", Value: cli.Bool(&c.raw)},
		cli.Option{Long: "list-metadata-keys", Help: "List the available metadata keys", Value: cli.Bool(&c.listKeys)},
		cli.Option{Long: "print-metadata-key", Arg: "KEY", Help: "Print string value of metadata key", Value: cli.String(&c.key)},
		cli.Option{Long: "gpg-sign", Arg: "KEY-ID", Help: "GPG Key ID to sign the summary with", Value: cli.Strings(&c.gpgKeys)},
		cli.Option{Long: "gpg-homedir", Arg: "HOMEDIR", Help: "GPG Homedir to use when looking for keyrings", Value: cli.Filename(&c.gpgHomeDir)},
		cli.Option{Long: "sign", Arg: "KEY-ID", Help: "Key ID to sign the summary with", Value: cli.Strings(&c.keys)},
		cli.Option{Long: "sign-type", Arg: "NAME", Help: "Signature type to use (defaults to 'ed25519')", Value: cli.String(&c.engineName)},
		cli.Option{Long: "add-metadata", Short: 'm', Arg: "KEY=VALUE", Help: "Additional metadata field to add to the summary", Value: cli.Strings(&c.metadata)},
		jsonOption(&c.json))
	r, _, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	c.repo = r
	switch {
	case c.update:
		return c.runUpdate()
	case c.view, c.raw, c.listKeys, c.key != "", c.json:
		return c.runView()
	}
	return errors.New("No option specified; use -u to update summary")
}

func (c *summaryRun) runUpdate() (err error) {
	o := &ostree.SummaryOptions{GPGKeys: c.gpgKeys, Metadata: &object.Dict{}}
	for _, s := range c.metadata {
		key, value, err := splitKeyValue(s)
		if err != nil {
			return err
		}
		v, err := object.ParseVariant(value, "")
		if err != nil {
			return fmt.Errorf("Error parsing variant ‘%s’: : %w", value, err)
		}
		o.Metadata.Set(key, v)
	}
	if len(c.gpgKeys) > 0 {
		o.GPGHome = c.signingHome(c.gpgHomeDir)
	}
	if len(c.keys) > 0 {
		if o.Engine, err = c.repo.Engine(c.engineName); err != nil {
			return err
		}
		if o.SecretKeys, err = secretKeys(o.Engine, c.keys, nil); err != nil {
			return err
		}
	}
	return c.repo.UpdateSummary(c.ctx, o)
}

func (c *summaryRun) runView() error {
	s, err := c.repo.Summary()
	if err != nil {
		return err
	}
	sigs, err := c.repo.SummarySignatures()
	if err != nil {
		return err
	}
	if sigs.IsValid() && (c.plain() || c.json) {
		extra, err := keyringsOf(c.gpgHomeDir)
		if err != nil {
			return err
		}
		if c.result, err = orUnsigned(c.repo.VerifySummaryGPG("", s.Bytes(), sigs, extra...)); err != nil {
			return err
		}
	}
	if err := c.print(s); err != nil || !c.plain() {
		return err
	}
	switch {
	case !sigs.IsValid():
		c.printf("Summary is unsigned\n")
	case c.result != nil:
		c.printf("\nFound %s on the summary:\n%s", countSignatures(c.result), descriptions(c.result))
	}
	return nil
}

// summaryView prints a summary in the way that the options ask for.
type summaryView struct {
	*command
	raw, listKeys, json bool
	key                 string

	result *sign.Result // of its OpenPGP signatures; nil if it has none
}

// plain tells whether the summary is printed for people.
func (v *summaryView) plain() bool { return !v.raw && !v.listKeys && !v.json && v.key == "" }

// summaryJSON describes a summary.
type summaryJSON struct {
	Refs          []summaryRefJSON           `json:"refs"`
	Collection    string                     `json:"collection_id,omitempty"` // of the main list of refs
	Mode          string                     `json:"mode,omitempty"`
	LastModified  time.Time                  `json:"last_modified,omitzero"`
	Expires       time.Time                  `json:"expires,omitzero"`
	Tombstones    bool                       `json:"tombstone_commits"`
	IndexedDeltas bool                       `json:"indexed_deltas"`
	StaticDeltas  map[string]object.Checksum `json:"static_deltas,omitempty"` // checksums of the superblocks by name
	Metadata      map[string]string          `json:"metadata,omitempty"`      // everything but the collection map, as GVariant text
	Signatures    []signatureJSON            `json:"signatures,omitempty"`
}

func (v *summaryView) print(s *ostree.Summary) error {
	switch {
	case v.raw:
		v.printf("%s\n", ostree.VariantText(s.Variant(), true))
	case v.listKeys:
		return v.printKeys(s.Metadata(), v.json)
	case v.key != "":
		value, err := ostree.MetadataValue(s.Metadata(), v.key)
		if err != nil {
			return err
		}
		v.printf("%s\n", ostree.VariantText(value, true))
	case v.json:
		return v.printJSON(v.describe(s))
	default:
		v.printf("%s", s.Text(nil))
	}
	return nil
}

func (v *summaryView) describe(s *ostree.Summary) summaryJSON {
	j := summaryJSON{Refs: []summaryRefJSON{}, Collection: s.CollectionID(), Mode: s.Mode(), LastModified: utc(s.LastModified()),
		Expires: utc(s.Expires()), Tombstones: s.Tombstones(), IndexedDeltas: s.IndexedDeltas(), StaticDeltas: s.StaticDeltas(),
		Metadata: variantTexts(s.Metadata()), Signatures: describeSignatures(v.result)}
	delete(j.Metadata, ostree.SummaryKeyCollectionMap)
	refs := s.Refs()
	for i := range refs {
		j.Refs = append(j.Refs, describeSummaryRef(&refs[i]))
	}
	return j
}
