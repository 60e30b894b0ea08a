package config

import (
	"runtime"
)

// DefaultNetworkDir is where keyfiles of NetworkManager are copied from if no directory is
// given.
const DefaultNetworkDir = "/etc/NetworkManager/system-connections/"

// Config is what a config file says: the options of "install" that may be in one, and the
// destination. Empty strings mean that the option is not given.
type Config struct {
	// Stream, ImageURL and ImageFile say what is installed; they exclude each other.
	Stream, ImageURL, ImageFile string
	// IgnitionFile, IgnitionURL and IgnitionHash say what is embedded: a path, or an
	// absolute URL, and the digest in the form of [Hash.String].
	IgnitionFile, IgnitionURL, IgnitionHash string
	// Architecture of the image, as "uname -m" has it; that of this program by default.
	Architecture string
	// Platform is the platform ID of Ignition.
	Platform string
	// Console holds console specs; [Parse] makes them canonical.
	Console []string
	// AppendKarg and DeleteKarg are kernel arguments.
	AppendKarg, DeleteKarg []string
	// CopyNetwork is set if keyfiles are copied from NetworkDir, by default
	// [DefaultNetworkDir].
	CopyNetwork bool
	NetworkDir  string
	// SavePartlabel and SavePartindex are for [ParsePartitionFilters].
	SavePartlabel, SavePartindex []string
	// Offline is set if nothing may be fetched.
	Offline bool
	// Insecure allows images without signatures, InsecureIgnition configs that are fetched
	// over HTTP without a digest.
	Insecure, InsecureIgnition bool
	// StreamBaseURL is where metadata of streams are.
	StreamBaseURL string
	// PreserveOnError leaves the disk as it is after a failure.
	PreserveOnError bool
	// FetchRetries is how often transfers are repeated.
	FetchRetries Retries
	// SecureIPL is for IBM Z.
	SecureIPL bool
	// DestDevice is the disk.
	DestDevice string

	// given are the keys of strings that a file sets to the empty string, which is not the
	// same as leaving them out.
	given map[string]bool
}

// field is an option: its key in a file and where its value is. Exactly one of the pointers
// is set.
type field struct {
	key     string
	text    *string
	list    *[]string
	flag    *bool
	retries *Retries
	// check puts a value, or each one of a list, into its canonical form.
	check func(string) (string, error)
	// standard is the value that is left out.
	standard string
	// nullable is set if null, ~ and nothing leave the option out; they are texts else.
	nullable bool
}

// fields returns all options in canonical order.
func (c *Config) fields() []field {
	return []field{
		{key: "stream", text: &c.Stream, nullable: true},
		{key: "image-url", text: &c.ImageURL, nullable: true, check: CanonicalURL},
		{key: "image-file", text: &c.ImageFile, nullable: true},
		{key: "ignition-file", text: &c.IgnitionFile, nullable: true},
		{key: "ignition-url", text: &c.IgnitionURL, nullable: true, check: CanonicalURL},
		{key: "ignition-hash", text: &c.IgnitionHash, nullable: true, check: canonicalHash},
		{key: "architecture", text: &c.Architecture, standard: machine()},
		{key: "platform", text: &c.Platform, nullable: true},
		{key: "console", list: &c.Console, check: canonicalConsole},
		{key: "append-karg", list: &c.AppendKarg},
		{key: "delete-karg", list: &c.DeleteKarg},
		{key: "copy-network", flag: &c.CopyNetwork},
		{key: "network-dir", text: &c.NetworkDir, standard: DefaultNetworkDir},
		{key: "save-partlabel", list: &c.SavePartlabel},
		{key: "save-partindex", list: &c.SavePartindex},
		{key: "offline", flag: &c.Offline},
		{key: "insecure", flag: &c.Insecure},
		{key: "insecure-ignition", flag: &c.InsecureIgnition},
		{key: "stream-base-url", text: &c.StreamBaseURL, nullable: true, check: CanonicalURL},
		{key: "preserve-on-error", flag: &c.PreserveOnError},
		{key: "fetch-retries", retries: &c.FetchRetries},
		{key: "secure-ipl", flag: &c.SecureIPL},
		{key: keyDestination, text: &c.DestDevice, nullable: true},
	}
}

// keyDestination is the one key that is not an option.
const keyDestination = "dest-device"

// Keys returns the keys that a config may have, in canonical order. Image builders list
// them as what the installer of an image can do.
func Keys() []string {
	var keys []string
	for _, f := range new(Config).fields() {
		keys = append(keys, f.key)
	}
	return keys
}

// isDefault reports whether the option is left out.
func (c *Config) isDefault(f *field) bool {
	switch {
	case f.text != nil:
		return *f.text == "" && !c.given[f.key] || *f.text != "" && *f.text == f.standard
	case f.list != nil:
		return len(*f.list) == 0
	case f.flag != nil:
		return !*f.flag
	}
	return *f.retries == Retries{}
}

// Args returns the arguments of the command "install" that mean the same, in canonical
// order: options with their values as arguments of their own, the destination last. What
// has its default is left out. Values are not quoted; one that begins with a dash is an
// option to whoever parses them.
func (c *Config) Args() []string {
	var args []string
	for _, f := range c.fields() {
		if c.isDefault(&f) {
			continue
		}
		switch {
		case f.key == keyDestination:
			args = append(args, *f.text)
		case f.text != nil:
			args = append(args, "--"+f.key, *f.text)
		case f.list != nil:
			for _, value := range *f.list {
				args = append(args, "--"+f.key, value)
			}
		case f.flag != nil:
			args = append(args, "--"+f.key)
		default:
			args = append(args, "--"+f.key, f.retries.String())
		}
	}
	return args
}

func canonicalHash(s string) (string, error) {
	h, err := ParseHash(s)
	return h.String(), err
}

func canonicalConsole(s string) (string, error) {
	c, err := ParseConsole(s)
	return c.String(), err
}

// machine returns what "uname -m" says on machines that run this program.
func machine() string {
	switch arch := runtime.GOARCH; arch {
	case "amd64":
		return "x86_64"
	case "arm64":
		return "aarch64"
	case "loong64":
		return "loongarch64"
	case "386":
		return "i686"
	case "arm":
		return "armv7l"
	default:
		return arch
	}
}
