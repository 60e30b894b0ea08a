package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/nestos-dev/nestos/internal/cli"
	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/internal/humansize"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

type showRun struct {
	*command
	repo *ostree.Repo

	related, listKeys, listDetachedKeys bool
	sizes, raw, unswapped, hex, json    bool
	variantType, key, detachedKey       string
	gpgHome, gpgRemote                  string
}

func runShow(ctx context.Context, env *cli.Env, args []string) error {
	c := &showRun{}
	c.command = newCommand(ctx, env, "OBJECT", "Output a metadata object",
		cli.Option{Long: "print-related", Help: "Show the \"related\" commits", Value: cli.Bool(&c.related)},
		cli.Option{Long: "print-variant-type", Arg: "TYPE", Help: "Memory map OBJECT (in this case a filename) to the GVariant type string", Value: cli.String(&c.variantType)},
		cli.Option{Long: "list-metadata-keys", Help: "List the available metadata keys", Value: cli.Bool(&c.listKeys)},
		cli.Option{Long: "print-metadata-key", Arg: "KEY", Help: "Print string value of metadata key", Value: cli.String(&c.key)},
		cli.Option{Long: "print-hex", Help: "For byte array valued keys, output an unquoted hexadecimal string", Value: cli.Bool(&c.hex)},
		cli.Option{Long: "list-detached-metadata-keys", Help: "List the available detached metadata keys", Value: cli.Bool(&c.listDetachedKeys)},
		cli.Option{Long: "print-detached-metadata-key", Arg: "KEY", Help: "Print string value of detached metadata key", Value: cli.String(&c.detachedKey)},
		cli.Option{Long: "print-sizes", Help: "Show the commit size metadata", Value: cli.Bool(&c.sizes)},
		cli.Option{Long: "raw", Help: "Show raw variant data", Value: cli.Bool(&c.raw)},
		cli.Option{Long: "no-byteswap", Short: 'B', Help: "Do not automatically convert variant data from big endian", Value: cli.Bool(&c.unswapped)},
		cli.Option{Long: "gpg-homedir", Arg: "HOMEDIR", Help: "GPG Homedir to use when looking for keyrings", Value: cli.Filename(&c.gpgHome)},
		cli.Option{Long: "gpg-verify-remote", Arg: "REMOTE", Help: "Use REMOTE name for GPG configuration", Value: cli.String(&c.gpgRemote)},
		jsonOption(&c.json))
	r, rest, err := c.parseRepo(args)
	if r == nil || err != nil {
		return err
	}
	defer r.Close()
	c.repo = r
	if len(rest) == 0 {
		return c.usage("An object argument is required")
	}
	return c.show(rest[0])
}

func (c *showRun) show(rev string) error {
	switch {
	case c.listKeys, c.key != "":
		return c.metadata(rev)
	case c.listDetachedKeys, c.detachedKey != "":
		return c.detached(rev)
	case c.related:
		return c.printRelated(rev)
	case c.variantType != "":
		return c.printFile(rev)
	case c.sizes:
		return c.printSizes(rev)
	case !object.IsChecksum(rev):
		sum, err := c.repo.ResolveRev(rev)
		if err != nil {
			return err
		}
		return c.object(object.Name{Checksum: sum, Type: object.TypeCommit})
	}
	sum, err := object.ParseChecksum(rev)
	if err != nil {
		return err
	}
	name, err := c.repo.FindObject(sum)
	if err != nil {
		return err
	}
	return c.object(name)
}

func (c *showRun) loadCommit(rev string) (object.Checksum, *object.Commit, error) {
	sum, err := c.repo.ResolveRev(rev)
	if err != nil {
		return sum, nil, err
	}
	commit, err := c.repo.LoadCommit(sum)
	return sum, commit, err
}

func (c *showRun) metadata(rev string) error {
	_, commit, err := c.loadCommit(rev)
	if err != nil {
		return err
	}
	return c.printKey(commit.Metadata, c.listKeys, c.key)
}

func (c *showRun) detached(rev string) error {
	sum, err := c.repo.ResolveRev(rev)
	if err != nil {
		return err
	}
	md, err := c.repo.DetachedMetadata(sum)
	if err != nil {
		return err
	}
	return c.printKey(md, c.listDetachedKeys, c.detachedKey)
}

// printKey prints the keys of a dictionary or the value of one.
func (c *showRun) printKey(dict object.Variant, list bool, key string) error {
	if list {
		return c.printKeys(dict, c.json)
	}
	value, err := ostree.MetadataValue(dict, key)
	switch {
	case err != nil:
		return err
	case c.hex && value.Type() == gvariant.TypeByteArray:
		c.printf("%x\n", value.ByteArray())
	default:
		c.printVariant(value)
	}
	return nil
}

// printKeys lists the keys of a dictionary, sorted.
func (c *command) printKeys(dict object.Variant, json bool) error {
	keys := ostree.MetadataKeys(dict)
	if json {
		return jsonSlice(c, keys)
	}
	for _, k := range keys {
		c.printf("%s\n", k)
	}
	return nil
}

// printVariant prints a value of which all numbers are taken for big-endian unless -B was given.
func (c *showRun) printVariant(v object.Variant) {
	c.printf("%s\n", ostree.VariantText(v, !c.unswapped))
}

func (c *showRun) printRelated(rev string) error {
	sum, err := c.repo.ResolveRev(rev)
	if err != nil {
		return err
	}
	v, err := c.repo.LoadVariant(object.Name{Checksum: sum, Type: object.TypeCommit})
	if err != nil {
		return err
	}
	for related := range v.Child(2).Children() {
		c.printf("%s %x\n", related.Child(0).Str(), related.Child(1).ByteArray())
	}
	return nil
}

func (c *showRun) printFile(path string) error {
	t, err := gvariant.ParseType(c.variantType)
	if err != nil {
		return err
	}
	f, err := openFile(path)
	if err != nil {
		return err
	}
	f.Close()
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	c.printVariant(gvariant.FromBytes(t, b))
	return nil
}

// sizesJSON is what show --print-sizes --json prints.
type sizesJSON struct {
	Needed ostree.SizeTotals `json:"needed"` // of the objects that are not in the repository
	Total  ostree.SizeTotals `json:"total"`
}

func (c *showRun) printSizes(rev string) error {
	_, commit, err := c.loadCommit(rev)
	if err != nil {
		return err
	}
	var s sizesJSON
	if s.Needed, s.Total, err = c.repo.CommitSizeTotals(commit); err != nil {
		return err
	}
	if c.json {
		return c.printJSON(s)
	}
	c.printf("Compressed size (needed/total): %s/%s\nUnpacked size (needed/total): %s/%s\nNumber of objects (needed/total): %d/%d\n",
		humansize.Format(s.Needed.Archived), humansize.Format(s.Total.Archived),
		humansize.Format(s.Needed.Unpacked), humansize.Format(s.Total.Unpacked), s.Needed.Objects, s.Total.Objects)
	return nil
}

// object prints an object in the way of its kind.
func (c *showRun) object(name object.Name) error {
	switch {
	case name.Type == object.TypeCommit:
		return c.commit(name)
	case c.json:
		return c.objectJSON(name)
	case name.Type == object.TypeFile:
		text, err := c.repo.FileText(name.Checksum)
		c.printf("%s", text)
		return err
	case c.raw, c.unswapped:
		return c.dump(name)
	}
	c.printf("%s %s\n", name.Type, name.Checksum)
	return nil
}

// dump prints a metadata object as GVariant text.
func (c *showRun) dump(name object.Name) error {
	v, err := c.repo.LoadVariant(name)
	if err != nil {
		return err
	}
	c.printf("%s %s\n", name.Type, name.Checksum)
	c.printVariant(v)
	return nil
}

func (c *showRun) commit(name object.Name) error {
	info, err := c.repo.CommitInfo(name.Checksum)
	switch {
	case err != nil:
		return err
	case c.json:
		return c.commitJSON(info)
	case c.unswapped: // shows both, as it always did
		if err = c.dump(name); err == nil {
			_, details, _ := strings.Cut(info.Text(), "\n")
			c.printf("%s", details)
		}
	case c.raw:
		err = c.dump(name)
	default:
		c.printf("%s", info.Text())
	}
	if err != nil {
		return err
	}
	return c.signatures(name.Checksum)
}

func (c *showRun) commitJSON(info *ostree.CommitInfo) error {
	j, err := c.describe(info)
	if err != nil {
		return err
	}
	result, err := c.verify(info.Checksum)
	if err != nil {
		return err
	}
	j.Signatures = describeSignatures(result)
	return c.printJSON(j)
}

// fileJSON describes a content object.
type fileJSON struct {
	Checksum object.Checksum `json:"checksum"`
	Type     string          `json:"type"`      // "file"
	FileType string          `json:"file_type"` // "regular" or "symlink"
	Size     int64           `json:"size"`      // in bytes
	Target   string          `json:"target,omitempty"`
	Mode     string          `json:"mode"` // octal, with the type bits
	UID      uint32          `json:"uid"`
	GID      uint32          `json:"gid"`
	Xattrs   []xattrJSON     `json:"xattrs"`
}

func (c *showRun) describeFile(sum object.Checksum) (*fileJSON, error) {
	h, size, err := c.repo.StatFile(sum)
	if err != nil {
		return nil, err
	}
	j := &fileJSON{Checksum: sum, Type: "file", FileType: "regular", Size: size, Target: h.Symlink,
		Mode: fmt.Sprintf("0%o", h.Mode), UID: h.UID, GID: h.GID, Xattrs: xattrsJSON(h.Xattrs)}
	if h.IsSymlink() {
		j.FileType = "symlink"
	}
	return j, nil
}

// xattrJSON is one extended attribute.
type xattrJSON struct {
	Name  string `json:"name"`
	Value []byte `json:"value"` // base64
}

func xattrsJSON(x object.Xattrs) []xattrJSON {
	out := make([]xattrJSON, 0, len(x))
	for _, a := range x {
		out = append(out, xattrJSON{a.Name, a.Value})
	}
	return out
}

func (c *showRun) objectJSON(name object.Name) error {
	switch name.Type {
	case object.TypeFile:
		j, err := c.describeFile(name.Checksum)
		if err != nil {
			return err
		}
		return c.printJSON(j)
	case object.TypeDirMeta:
		m, err := c.repo.LoadDirMeta(name.Checksum)
		if err != nil {
			return err
		}
		return c.printJSON(dirmetaJSON{Checksum: name.Checksum, Type: "dirmeta", Mode: fmt.Sprintf("0%o", m.Mode), UID: m.UID, GID: m.GID, Xattrs: xattrsJSON(m.Xattrs)})
	}
	t, err := c.repo.LoadDirTree(name.Checksum)
	if err != nil {
		return err
	}
	out := dirtreeJSON{Checksum: name.Checksum, Type: "dirtree", Files: []dirtreeFile{}, Dirs: []dirtreeDir{}}
	for _, f := range t.Files {
		out.Files = append(out.Files, dirtreeFile{f.Name, f.Checksum})
	}
	for _, d := range t.Dirs {
		out.Dirs = append(out.Dirs, dirtreeDir{d.Name, d.Tree, d.Meta})
	}
	return c.printJSON(out)
}

// dirmetaJSON describes a dirmeta object.
type dirmetaJSON struct {
	Checksum object.Checksum `json:"checksum"`
	Type     string          `json:"type"` // "dirmeta"
	Mode     string          `json:"mode"` // octal, with the type bits
	UID      uint32          `json:"uid"`
	GID      uint32          `json:"gid"`
	Xattrs   []xattrJSON     `json:"xattrs"`
}

// dirtreeJSON describes a dirtree object.
type dirtreeJSON struct {
	Checksum object.Checksum `json:"checksum"`
	Type     string          `json:"type"` // "dirtree"
	Files    []dirtreeFile   `json:"files"`
	Dirs     []dirtreeDir    `json:"dirs"`
}

type dirtreeFile struct {
	Name     string          `json:"name"`
	Checksum object.Checksum `json:"checksum"`
}

type dirtreeDir struct {
	Name string          `json:"name"`
	Tree object.Checksum `json:"tree"`
	Meta object.Checksum `json:"meta"`
}
