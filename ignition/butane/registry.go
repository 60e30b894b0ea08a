package butane

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/ignition/butane/internal/schema"
)

// Translator translates configs of one variant and version. It returns a Result in
// any case, with the report; Output is only valid without an error.
type Translator func(input []byte, opt *Options) (*Result, error)

// Registry knows translators by variant and version. It is safe for concurrent
// translations, not for registering meanwhile.
type Registry struct {
	translators map[string]Translator
}

// NewRegistry returns a registry without translators.
func NewRegistry() *Registry {
	return &Registry{translators: map[string]Translator{}}
}

// Default returns a new registry with the translators of this package, to which
// those of other variants may be added.
func Default() *Registry {
	r := NewRegistry()
	for _, d := range dialects {
		r.translators[d.variant+"+"+d.version] = d.translator()
	}
	r.translators["rhcos+0.1.0"] = func([]byte, *Options) (*Result, error) { return &Result{}, ErrRHCOSRemoved }
	return r
}

// Register adds the translator of a variant and version; the version must be
// spelled in its canonical form, as in "1.2.0-experimental".
func (r *Registry) Register(variant, version string, t Translator) error {
	v, err := canonicalVersion(version)
	if err != nil || v != version || variant == "" {
		return fmt.Errorf("registering %q %q: %w", variant, version, ErrInvalidVersion)
	}
	id := variant + "+" + v
	if _, taken := r.translators[id]; taken {
		return fmt.Errorf("registering %s %s: already registered", variant, version)
	}
	r.translators[id] = t
	return nil
}

// Translate finds the translator of input's variant and version and runs it.
//
// Besides the translator's errors there are ErrNoVariant, ErrInvalidVersion,
// UnknownVersionError, and those of the YAML library with the prefix
// "Error unmarshaling yaml: ".
func (r *Registry) Translate(input []byte, opt *Options) (*Result, error) {
	doc, h, err := schema.Parse(input)
	if err != nil {
		return &Result{}, fmt.Errorf("Error unmarshaling yaml: %w", err)
	}
	if h.Variant == "" {
		return &Result{}, ErrNoVariant
	}
	version, err := canonicalVersion(h.Version)
	if err != nil {
		return &Result{}, ErrInvalidVersion
	}
	t, found := r.translators[h.Variant+"+"+version]
	if !found {
		return &Result{}, &UnknownVersionError{h.Variant, version}
	}
	if opt == nil {
		opt = &Options{}
	}
	parsed := *opt
	parsed.doc = doc
	return t(input, &parsed)
}

// Errors of headers.
var (
	ErrNoVariant      = errors.New("error parsing variant; must be specified")
	ErrInvalidVersion = errors.New("error parsing version; must be a valid semver")
	ErrRHCOSRemoved   = errors.New("rhcos variant has been removed; use openshift variant instead: https://coreos.github.io/butane/upgrading-openshift/")
)

// UnknownVersionError is returned for a variant and version without translator.
type UnknownVersionError struct{ Variant, Version string }

// Error names both.
func (e *UnknownVersionError) Error() string {
	return fmt.Sprintf("No translator exists for variant %s with version %s", e.Variant, e.Version)
}

var identifierRe = regexp.MustCompile(`^[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*$`)

// canonicalVersion is s without superfluous zeros and signs in its numbers, which
// must be three.
func canonicalVersion(s string) (string, error) {
	s, metadata, _ := strings.Cut(s, "+")
	s, pre, _ := strings.Cut(s, "-")
	numbers := strings.SplitN(s, ".", 3)
	if len(numbers) != 3 || pre != "" && !identifierRe.MatchString(pre) || metadata != "" && !identifierRe.MatchString(metadata) {
		return "", ErrInvalidVersion
	}
	for i, n := range numbers {
		v, err := strconv.ParseInt(n, 10, 64)
		if err != nil {
			return "", ErrInvalidVersion
		}
		numbers[i] = strconv.FormatInt(v, 10)
	}
	v := strings.Join(numbers, ".")
	if pre != "" {
		v += "-" + pre
	}
	if metadata != "" {
		v += "+" + metadata
	}
	return v, nil
}
