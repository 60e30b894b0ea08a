package ostree

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nestos-dev/nestos/internal/keyfile"
)

// Config is a repository's configuration: the parsed values, which ostree.repo-config(5) describes under these
// names, and the key file they came from, which keeps unknown groups, keys and comments.
type Config struct {
	Mode                    Mode
	CollectionID            string        // core.collection-id; empty for none
	Parent                  string        // path of the parent repository, relative to this one; empty for none
	Fsync                   bool          // make what is written durable; default true
	PerObjectFsync          bool          // make each object durable as it is written
	DisableXattrs           bool          // neither read nor write extended attributes
	EnableUncompressedCache bool          // see CheckoutOptions.UncompressedCache; default true
	TmpExpiry               time.Duration // age at which leftovers in tmp/ are deleted; default a day
	Locking                 bool          // take locks; default true
	LockTimeout             time.Duration // how long to wait for a lock; default 5 minutes, negative: without end
	MinFreeSpacePercent     int           // of the file system, to be kept free; default 3, 0 with a MinFreeSpaceBytes
	MinFreeSpaceBytes       uint64        // the same in bytes; 0 if the percentage counts
	AutoUpdateSummary       bool          // make the summary anew at the end of each transaction
	NoDeltasInSummary       bool          // list no static deltas in the summary
	IndexedDeltas           bool          // delta-indexes/ is there for clients
	AddRemotesConfigDir     bool          // new remotes get a file in Options.RemotesConfigDir
	PayloadLinkThreshold    uint64        // bytes; prune deletes links to smaller payloads, none are made
	RepoFinders             []string      // "config", "lan", "mount": for programs that search collections; nothing here does
	TombstoneCommits        bool          // leave a mark for each deleted commit
	SignVerifyDeltas        bool          // refuse static deltas that are not signed
	ZlibLevel               int           // of archive repositories, 1–9; default 6
	FsVerity                Tristate      // seal objects with fs-verity
	Composefs               Tristate      // deployments get a composefs image
	Sysroot                 SysrootConfig

	file      *keyfile.File
	deflaters *sync.Pool // of the encoders for ZlibLevel
}

// ParseConfig reads a config file and checks every value that it understands.
func ParseConfig(b []byte) (*Config, error) {
	f, err := keyfile.Parse(b)
	if err != nil {
		return nil, fmt.Errorf("Couldn't parse config file: %w", err)
	}
	c := &Config{file: f}
	p := configReader{f: f}
	c.readCore(&p)
	c.readLimits(&p)
	c.readIntegrity(&p)
	c.Sysroot.read(&p)
	if p.err != nil {
		return nil, p.err
	}
	c.deflaters = newDeflaterPool(c.ZlibLevel)
	return c, nil
}

func (c *Config) readCore(p *configReader) {
	version, err := p.f.String("core", "repo_version")
	if p.fail(err); err == nil && version != "1" {
		p.fail(fmt.Errorf("Invalid repository version '%s'", version))
	}
	if p.bool("archive", false) {
		p.fail(errors.New("This version of OSTree no longer supports \"archive\" repositories; use archive-z2"))
	}
	mode, err := ParseMode(p.text("mode", "bare"))
	p.fail(err)
	c.Mode = mode
	c.CollectionID = p.text("collection-id", "")
	if c.CollectionID != "" {
		p.fail(ValidateCollectionID(c.CollectionID))
	}
	c.Parent = p.text("parent", "")
	c.Fsync = p.bool("fsync", true)
	c.PerObjectFsync = p.bool("per-object-fsync", false)
	c.DisableXattrs = p.bool("disable-xattrs", false)
	c.EnableUncompressedCache = p.bool("enable-uncompressed-cache", true)
	c.Locking = p.bool("locking", true)
	c.AutoUpdateSummary = p.bool("auto-update-summary", p.bool("commit-update-summary", false))
	c.NoDeltasInSummary = p.bool("no-deltas-in-summary", false)
	c.IndexedDeltas = p.bool("indexed-deltas", false)
	c.AddRemotesConfigDir = p.bool("add-remotes-config-dir", false)
	c.TombstoneCommits = p.bool("tombstone-commits", false)
	c.SignVerifyDeltas = p.bool("sign-verify-deltas", false)
	c.RepoFinders = p.finders()
}

func (c *Config) readLimits(p *configReader) {
	c.TmpExpiry = p.seconds("tmp-expiry-secs", 86400)
	c.LockTimeout = p.seconds("lock-timeout-secs", 300)
	c.PayloadLinkThreshold = p.uint("core", "payload-link-threshold", math.MaxUint64)
	c.ZlibLevel = int(max(1, min(9, p.uint("archive", "zlib-level", 6))))
	if s := p.text("min-free-space-size", ""); s != "" {
		n, err := parseFreeSpaceSize(s)
		p.fail(err)
		c.MinFreeSpaceBytes = n
		return
	}
	s := p.text("min-free-space-percent", "3")
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 99 {
		p.fail(fmt.Errorf("Invalid min-free-space-percent '%s'", s))
	}
	c.MinFreeSpacePercent = n
}

var freeSpacePattern = regexp.MustCompile(`^([0-9]+)([MGT])B$`)

// parseFreeSpaceSize reads "500MB"; the units are binary.
func parseFreeSpaceSize(s string) (uint64, error) {
	bad := fmt.Errorf("Invalid min-free-space-size '%s': It should be of the format '123MB', '123GB' or '123TB'", s)
	m := freeSpacePattern.FindStringSubmatch(s)
	if m == nil {
		return 0, bad
	}
	n, err := strconv.ParseUint(m[1], 10, 64)
	shift := map[string]uint{"M": 20, "G": 30, "T": 40}[m[2]]
	if err != nil || n > math.MaxInt64>>shift {
		return 0, bad
	}
	return n << shift, nil
}

func (c *Config) readIntegrity(p *configReader) {
	c.Composefs = p.tristate("ex-integrity", "composefs", TristateNo)
	fallback := TristateNo
	if c.Composefs != TristateNo {
		fallback = TristateMaybe
	}
	switch {
	case p.groupBool("ex-fsverity", "required"):
		fallback = TristateYes
	case p.groupBool("ex-fsverity", "opportunistic"):
		fallback = TristateMaybe
	}
	c.FsVerity = p.tristate("ex-integrity", "fsverity", fallback)
}

// configReader reads optional values and keeps the first error.
type configReader struct {
	f   *keyfile.File
	err error
}

func (p *configReader) fail(err error) {
	if p.err == nil && err != nil {
		p.err = err
	}
}

func missingKey(err error) bool {
	return errors.Is(err, keyfile.ErrKeyNotFound) || errors.Is(err, keyfile.ErrGroupNotFound)
}

func (p *configReader) groupText(group, key, fallback string) string {
	s, err := p.f.String(group, key)
	if missingKey(err) {
		return fallback
	}
	p.fail(err)
	return s
}

func (p *configReader) text(key, fallback string) string { return p.groupText("core", key, fallback) }

func (p *configReader) bool(key string, fallback bool) bool {
	v, err := p.f.Bool("core", key)
	if missingKey(err) {
		return fallback
	}
	p.fail(err)
	return v
}

func (p *configReader) groupBool(group, key string) bool {
	v, err := p.f.Bool(group, key)
	if missingKey(err) {
		return false
	}
	p.fail(err)
	return v
}

func (p *configReader) uint(group, key string, fallback uint64) uint64 {
	s := strings.TrimSpace(p.groupText(group, key, ""))
	if s == "" {
		return fallback
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		p.fail(fmt.Errorf("Invalid value for %s.%s: '%s'", group, key, s))
	}
	return n
}

func (p *configReader) seconds(key string, fallback int64) time.Duration {
	s := strings.TrimSpace(p.text(key, ""))
	if s == "" {
		return time.Duration(fallback) * time.Second
	}
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil {
		p.fail(fmt.Errorf("Invalid value for core.%s: '%s'", key, s))
	}
	return time.Duration(n) * time.Second
}

func (p *configReader) tristate(group, key string, fallback Tristate) Tristate {
	switch s := strings.TrimSpace(p.groupText(group, key, "")); s {
	case "":
		return fallback
	case "yes", "true", "1":
		return TristateYes
	case "no", "false", "0":
		return TristateNo
	case "maybe":
		return TristateMaybe
	default:
		p.fail(fmt.Errorf("Invalid tri-state value: %s", s))
		return fallback
	}
}

func (p *configReader) finders() []string {
	list, err := p.f.Strings("core", "default-repo-finders")
	if missingKey(err) {
		return []string{"config", "mount"}
	}
	p.fail(err)
	if err == nil && len(list) == 0 {
		p.fail(errors.New("Invalid configured repo finders: no finder is named"))
	}
	for _, f := range list {
		switch f {
		case "config", "mount", "lan":
		default:
			p.fail(fmt.Errorf("Invalid configured repo-finder '%s'", f))
		}
	}
	return list
}

// Value returns a setting as its key file holds it, for example Value("core", "mode").
func (c *Config) Value(group, key string) (string, error) { return c.file.String(group, key) }

// Set changes a setting in the key file's text; [Repo.SetConfig] makes it take effect.
func (c *Config) Set(group, key, value string) error { return c.file.SetString(group, key, value) }

// Unset removes a setting; one that does not exist is no error.
func (c *Config) Unset(group, key string) { c.file.Remove(group, key) }

// RemoveGroup removes a group with all its settings.
func (c *Config) RemoveGroup(group string) error { return c.file.RemoveGroup(group) }

// HasGroup tells whether the key file has the group.
func (c *Config) HasGroup(group string) bool { return c.file.HasGroup(group) }

// Bytes returns the key file.
func (c *Config) Bytes() []byte { return c.file.Bytes() }

// EditConfig reads the config file anew for changing it; hand the result to [Repo.SetConfig]. Of two that are edited
// at the same time the one that is set last counts.
func (r *Repo) EditConfig() (*Config, error) {
	b, err := readFileAt(r.dirFD, "config", 16<<20)
	if err != nil {
		return nil, err
	}
	return ParseConfig(b)
}

// SetConfig validates a changed configuration, replaces the config file by it and uses it from then
// on. An invalid one changes nothing.
func (r *Repo) SetConfig(c *Config) error {
	r.configMu.Lock()
	defer r.configMu.Unlock()
	return r.setConfig(c)
}

// setConfig is SetConfig for a caller that holds configMu.
func (r *Repo) setConfig(c *Config) error {
	checked, err := ParseConfig(c.Bytes())
	if err != nil {
		return err
	}
	if err := r.writeErr; err != nil {
		return err
	}
	if err := r.replaceFile("config", checked.Bytes(), 0o644, true); err != nil {
		return err
	}
	r.config.Store(checked)
	return nil
}

// changeConfig edits the configuration for a caller that holds configMu.
func (r *Repo) changeConfig(change func(*Config) error) error {
	c, err := r.EditConfig()
	if err != nil {
		return err
	}
	if err := change(c); err != nil {
		return err
	}
	return r.setConfig(c)
}
