package rpmmd

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"
)

// RepoConfig is one section of a .repo file. The values have their variables replaced; what
// the file does not say has dnf's defaults, with which [NewRepoConfig] makes one.
type RepoConfig struct {
	ID   string
	File string // that it was read from; empty when there is none
	Name string // for people; the ID by default

	Enabled bool // true by default

	// Where the packages are: Metalink has precedence over Mirrorlist, and that over
	// BaseURL. A Mirrorlist address with "metalink" in it is one.
	BaseURL              []string
	Mirrorlist, Metalink string

	GPGCheck     bool     // signatures of packages; the business of who uses the packages
	RepoGPGCheck bool     // signature of repomd.xml
	GPGKey       []string // URLs

	Priority        int      // 99; of packages with one name, those of the smallest priority win
	Cost            int      // 1000; between equal packages, the cheaper one wins
	ExcludePackages []string // globs over name, name.arch and NEVRA
	IncludePackages []string // when not empty, everything else is excluded

	MetadataExpire    time.Duration // 48 h; negative: never
	SkipIfUnavailable bool
	ModuleHotfixes    bool // packages are exempt from module filtering

	Proxy, ProxyUsername, ProxyPassword string
	ProxyAuthMethod                     string // "any" by default
	Username, Password                  string

	SSLVerify                              bool // true by default
	SSLVerifyStatus                        bool
	SSLCACert, SSLClientCert, SSLClientKey string // files of the host

	Retries   int           // 10; 0: without end
	Timeout   time.Duration // 30 s, to connect, and below MinRate
	MinRate   int64         // 1000 bytes/s
	Throttle  float64       // bytes/s; up to 1 a share of Bandwidth; 0: no limit
	Bandwidth int64         // bytes/s

	IPResolve            string // "4", "6" or empty
	MaxParallelDownloads int    // 3
	FastestMirror        bool   // mirrors are tried in the order in which they accept connections

	Type      string // "rpm-md" by default; others are refused
	UserAgent string // of requests; empty is that of the client
	KeepCache bool   // package files stay in the cache; the business of who uses the packages

	// Options that [Client] has no use for, for callers that have one.
	EnableGroups    bool   // groups of the repository count; true by default
	EnabledMetadata bool   // metadata are kept fresh even when the repository is disabled
	CountMe         bool   // the system may be counted at the mirror manager
	DeltaRPM        bool   // delta packages may be used, which they never are; true by default
	GPGCAKey        string // URL of a key that signs those of GPGKey
}

// NewRepoConfig returns a configuration with the defaults.
func NewRepoConfig(id string) *RepoConfig {
	return &RepoConfig{
		ID: id, Name: id, Enabled: true,
		Priority: 99, Cost: 1000, MetadataExpire: 48 * time.Hour,
		ProxyAuthMethod: "any", SSLVerify: true,
		Retries: 10, Timeout: 30 * time.Second, MinRate: 1000,
		MaxParallelDownloads: 3, EnableGroups: true, DeltaRPM: true, Type: "rpm-md",
	}
}

// repoOptions are the keys of a section.
var repoOptions = []struct {
	key string
	set func(c *RepoConfig, value string) error
}{
	{"name", func(c *RepoConfig, v string) error { c.Name = v; return nil }},
	{"enabled", boolOption(func(c *RepoConfig) *bool { return &c.Enabled })},
	{"baseurl", listOption(func(c *RepoConfig) *[]string { return &c.BaseURL }, false)},
	{"mirrorlist", textOption(func(c *RepoConfig) *string { return &c.Mirrorlist })},
	{"metalink", textOption(func(c *RepoConfig) *string { return &c.Metalink })},
	{"gpgcheck", boolOption(func(c *RepoConfig) *bool { return &c.GPGCheck })},
	{"repo_gpgcheck", boolOption(func(c *RepoConfig) *bool { return &c.RepoGPGCheck })},
	{"gpgkey", listOption(func(c *RepoConfig) *[]string { return &c.GPGKey }, false)},
	{"gpgcakey", textOption(func(c *RepoConfig) *string { return &c.GPGCAKey })},
	{"priority", intOption(func(c *RepoConfig) *int { return &c.Priority })},
	{"cost", intOption(func(c *RepoConfig) *int { return &c.Cost })},
	{"excludepkgs", listOption(func(c *RepoConfig) *[]string { return &c.ExcludePackages }, true)},
	{"exclude", listOption(func(c *RepoConfig) *[]string { return &c.ExcludePackages }, true)},
	{"includepkgs", listOption(func(c *RepoConfig) *[]string { return &c.IncludePackages }, true)},
	{"metadata_expire", secondsOption(func(c *RepoConfig) *time.Duration { return &c.MetadataExpire })},
	{"skip_if_unavailable", boolOption(func(c *RepoConfig) *bool { return &c.SkipIfUnavailable })},
	{"module_hotfixes", boolOption(func(c *RepoConfig) *bool { return &c.ModuleHotfixes })},
	{"proxy", textOption(func(c *RepoConfig) *string { return &c.Proxy })},
	{"proxy_username", textOption(func(c *RepoConfig) *string { return &c.ProxyUsername })},
	{"proxy_password", textOption(func(c *RepoConfig) *string { return &c.ProxyPassword })},
	{"proxy_auth_method", textOption(func(c *RepoConfig) *string { return &c.ProxyAuthMethod })},
	{"username", textOption(func(c *RepoConfig) *string { return &c.Username })},
	{"password", textOption(func(c *RepoConfig) *string { return &c.Password })},
	{"sslverify", boolOption(func(c *RepoConfig) *bool { return &c.SSLVerify })},
	{"sslverifystatus", boolOption(func(c *RepoConfig) *bool { return &c.SSLVerifyStatus })},
	{"sslcacert", textOption(func(c *RepoConfig) *string { return &c.SSLCACert })},
	{"sslclientcert", textOption(func(c *RepoConfig) *string { return &c.SSLClientCert })},
	{"sslclientkey", textOption(func(c *RepoConfig) *string { return &c.SSLClientKey })},
	{"retries", intOption(func(c *RepoConfig) *int { return &c.Retries })},
	{"timeout", secondsOption(func(c *RepoConfig) *time.Duration { return &c.Timeout })},
	{"minrate", bytesOption(func(c *RepoConfig) *int64 { return &c.MinRate })},
	{"throttle", setThrottle},
	{"bandwidth", bytesOption(func(c *RepoConfig) *int64 { return &c.Bandwidth })},
	{"ip_resolve", setIPResolve},
	{"max_parallel_downloads", intOption(func(c *RepoConfig) *int { return &c.MaxParallelDownloads })},
	{"fastestmirror", boolOption(func(c *RepoConfig) *bool { return &c.FastestMirror })},
	{"enablegroups", boolOption(func(c *RepoConfig) *bool { return &c.EnableGroups })},
	{"enabled_metadata", boolOption(func(c *RepoConfig) *bool { return &c.EnabledMetadata })},
	{"type", textOption(func(c *RepoConfig) *string { return &c.Type })},
	{"countme", boolOption(func(c *RepoConfig) *bool { return &c.CountMe })},
	{"user_agent", textOption(func(c *RepoConfig) *string { return &c.UserAgent })},
	{"keepcache", boolOption(func(c *RepoConfig) *bool { return &c.KeepCache })},
	{"deltarpm", boolOption(func(c *RepoConfig) *bool { return &c.DeltaRPM })},
}

func textOption(field func(*RepoConfig) *string) func(*RepoConfig, string) error {
	return func(c *RepoConfig, v string) error { *field(c) = v; return nil }
}

// listOption is a list; with appending, each mention in a section adds to it.
func listOption(field func(*RepoConfig) *[]string, appending bool) func(*RepoConfig, string) error {
	return func(c *RepoConfig, v string) error {
		if !appending {
			*field(c) = nil
		}
		*field(c) = append(*field(c), splitList(v)...)
		return nil
	}
}

func boolOption(field func(*RepoConfig) *bool) func(*RepoConfig, string) error {
	return func(c *RepoConfig, v string) (err error) { return assign(field(c), v, parseBool) }
}

func intOption(field func(*RepoConfig) *int) func(*RepoConfig, string) error {
	return func(c *RepoConfig, v string) error { return assign(field(c), v, strconv.Atoi) }
}

func secondsOption(field func(*RepoConfig) *time.Duration) func(*RepoConfig, string) error {
	return func(c *RepoConfig, v string) error { return assign(field(c), v, parseSeconds) }
}

func bytesOption(field func(*RepoConfig) *int64) func(*RepoConfig, string) error {
	return func(c *RepoConfig, v string) error { return assign(field(c), v, parseBytes) }
}

func assign[T any](field *T, text string, parse func(string) (T, error)) error {
	value, err := parse(text)
	if err == nil {
		*field = value
	}
	return err
}

func parseBool(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "1", "yes", "true", "on":
		return true, nil
	case "0", "no", "false", "off":
		return false, nil
	}
	return false, fmt.Errorf("invalid boolean value %q", limited(s))
}

// parseSeconds reads "90", "1.5h", "7d"; "never" and "-1" are negative.
func parseSeconds(s string) (time.Duration, error) {
	if s == "never" || s == "-1" {
		return -1, nil
	}
	unit, digits := time.Second, s
	if s != "" {
		digits = s[:len(s)-1]
		switch s[len(s)-1] {
		case 's', 'S':
		case 'm', 'M':
			unit = time.Minute
		case 'h', 'H':
			unit = time.Hour
		case 'd', 'D':
			unit = 24 * time.Hour
		default:
			digits = s
		}
	}
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil || !(n >= 0) {
		return 0, fmt.Errorf("could not convert %q to seconds", limited(s))
	}
	// A century is as good as anything longer, and does not overflow.
	return time.Duration(min(n*float64(unit), float64(100*365*24*time.Hour))), nil
}

// parseBytes reads "1000", "10k", "1.5M", "2G" with units of 1024.
func parseBytes(s string) (int64, error) {
	unit, digits := 1.0, s
	if s != "" {
		digits = s[:len(s)-1]
		switch s[len(s)-1] {
		case 'k', 'K':
			unit = 1 << 10
		case 'm', 'M':
			unit = 1 << 20
		case 'g', 'G':
			unit = 1 << 30
		default:
			digits = s
		}
	}
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil || !(n >= 0) || n*unit >= 1<<62 {
		return 0, fmt.Errorf("could not convert %q to bytes", limited(s))
	}
	return int64(n * unit), nil
}

func setThrottle(c *RepoConfig, v string) error {
	if percent, ok := strings.CutSuffix(v, "%"); ok {
		n, err := strconv.ParseFloat(percent, 64)
		if err != nil || !(n >= 0 && n <= 100) {
			return fmt.Errorf("percentage %q is out of range", limited(v))
		}
		c.Throttle = n / 100
		return nil
	}
	if n, err := strconv.ParseFloat(v, 64); err == nil && n >= 0 && n <= 1 {
		c.Throttle = n
		return nil
	}
	n, err := parseBytes(v)
	if err == nil {
		c.Throttle = float64(n)
	}
	return err
}

func setIPResolve(c *RepoConfig, v string) error {
	switch strings.ToLower(v) {
	case "4", "ipv4":
		c.IPResolve = "4"
	case "6", "ipv6":
		c.IPResolve = "6"
	case "", "whatever":
		c.IPResolve = ""
	default:
		return fmt.Errorf("%q is not one of ipv4, ipv6, whatever", limited(v))
	}
	return nil
}

// Set sets an option by its name in .repo files, without replacing variables.
func (c *RepoConfig) Set(key, value string) error {
	for _, o := range repoOptions {
		if o.key == key {
			if err := o.set(c, value); err != nil {
				return fmt.Errorf("invalid configuration value: %s=%s: %w", key, limited(value), err)
			}
			return nil
		}
	}
	return fmt.Errorf("unknown configuration option: %s", limited(key))
}

// ParseRepoFile reads a .repo file; name is for File and errors. The section "main" is passed
// over. Options that are unknown or malformed are left at their defaults, as dnf does, and
// reported as warnings.
func ParseRepoFile(data []byte, name string, vars Vars) (repos []*RepoConfig, warnings []error, err error) {
	sections, err := parseINI(data)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	for _, sec := range sections {
		if sec.name == "main" {
			continue
		}
		id, err := vars.Expand(sec.name)
		if err == nil {
			err = checkID(id)
		}
		if err != nil {
			warnings = append(warnings, fmt.Errorf("%s: section [%s]: %w", name, limited(sec.name), err))
			continue
		}
		c := NewRepoConfig(id)
		c.File = name
		for _, kv := range sec.values {
			value, err := vars.Expand(kv.value)
			if err == nil {
				err = c.Set(kv.key, value)
			}
			if err != nil {
				warnings = append(warnings, fmt.Errorf("%s: repository %s: %w", name, id, err))
			}
		}
		repos = append(repos, c)
	}
	return repos, warnings, nil
}

func checkID(id string) error {
	for i := range len(id) {
		if !isNameByte(id[i]) && !strings.Contains("-.:", id[i:i+1]) {
			return fmt.Errorf("bad id for repo, byte = %q %d", id[i], i)
		}
	}
	if id == "" || id == "." || id == ".." {
		return fmt.Errorf("bad id for repo")
	}
	return nil
}

// RepoDirs are the directories that dnf reads .repo files from, in this order.
func RepoDirs() []string {
	return []string{"/etc/yum.repos.d", "/etc/yum/repos.d", "/etc/distro.repos.d"}
}

// LoadOptions adjusts [LoadRepos]. The zero value, like nil, means the usual directories and no
// variables.
type LoadOptions struct {
	// Dirs are the directories with .repo files, below the root; nil means [RepoDirs].
	Dirs []string
	// Vars replaces variables.
	Vars Vars
	// Logger takes warnings about options; nil is silent.
	Logger *slog.Logger
}

// LoadRepos reads all .repo files below a root, in the order of directories and file names. Of
// two sections with the same id the first one counts.
func LoadRepos(fsys fs.FS, opts *LoadOptions) ([]*RepoConfig, error) {
	o := LoadOptions{}
	if opts != nil {
		o = *opts
	}
	if o.Dirs == nil {
		o.Dirs = RepoDirs()
	}
	log := cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	var repos []*RepoConfig
	for _, dir := range o.Dirs {
		files, err := readConfigDir(fsys, dir, ".repo")
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			list, warnings, err := ParseRepoFile(f.data, f.name, o.Vars)
			if err != nil {
				return nil, err
			}
			for _, w := range warnings {
				log.LogAttrs(context.Background(), slog.LevelWarn, "repository configuration", slog.String("file", f.name), slog.Any("error", w))
			}
			for _, c := range list {
				if slices.ContainsFunc(repos, func(have *RepoConfig) bool { return have.ID == c.ID }) {
					log.LogAttrs(context.Background(), slog.LevelWarn, "repository is configured more than once", slog.String("file", f.name), slog.String("repo", c.ID))
					continue
				}
				repos = append(repos, c)
			}
		}
	}
	return repos, nil
}
