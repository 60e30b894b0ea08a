package ostree

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/internal/keyfile"
	"github.com/nestos-dev/nestos/ostree/sign"
)

// RemoteAddOptions adjust [Repo.AddRemote].
type RemoteAddOptions struct {
	IfNotExists bool // an existing remote is fine and stays as it is
	Force       bool // an existing remote is replaced

	// GPGVerify sets gpg-verify, whether commits need a signature by an OpenPGP key that is trusted for the remote
	// ([Repo.ImportGPGKeys]). Nil leaves it out, which means that they do.
	GPGVerify *bool
	// GPGVerifySummary sets gpg-verify-summary, the same for the summary. Nil means that it needs none.
	GPGVerifySummary *bool
	// SignVerify and SignVerifySummary set sign-verify and sign-verify-summary, whether commits and the summary need a
	// signature of a sign engine: of one in VerificationKeys or, without any, by a key that the system trusts
	// ([Repo.SystemKeys]). Nil means that they need none.
	SignVerify, SignVerifySummary *bool
	// VerificationKeys are the public keys for SignVerify and SignVerifySummary, one element for each engine. A
	// signature by one of them suffices.
	VerificationKeys []VerificationKey

	// Settings are further keys and values, in order, as [ostree.repo-config(5)] describes them. They are checked
	// with [Repo.CheckRemoteSetting].
	//
	// [ostree.repo-config(5)]: https://ostreedev.github.io/ostree/man/ostree.repo-config.html
	Settings [][2]string
	// Unchecked takes Settings as they are, as "ostree remote add --set" does. A verification that is misspelt does
	// not take place then.
	Unchecked bool

	// InConfigDir puts the remote into a file of Options.RemotesConfigDir; by default
	// core.add-remotes-config-dir decides.
	InConfigDir bool
}

// VerificationKey names public keys of a sign engine that a remote's signatures are verified with.
type VerificationKey struct {
	Engine string // "ed25519" or "spki"; "" means [sign.DefaultEngine]
	Key    string // a public key as text, in the engine's form (verification-ENGINE-key); "" for none
	File   string // path of a file with public keys, read at each pull (verification-ENGINE-file); "" for none
}

// settings returns the lines for a remote's group but for its URL.
func (o *RemoteAddOptions) settings(r *Repo) ([][2]string, error) {
	if !o.Unchecked {
		for _, kv := range o.Settings {
			if err := r.CheckRemoteSetting(kv[0], kv[1]); err != nil {
				return nil, err
			}
		}
	}
	typed, err := o.verification(r)
	if err != nil {
		return nil, err
	}
	for _, kv := range typed {
		if slices.ContainsFunc(o.Settings, func(s [2]string) bool { return s[0] == kv[0] }) {
			return nil, fmt.Errorf("%s is in Settings and in a field of its own", kv[0])
		}
	}
	all := slices.Concat(o.Settings, typed)
	if o.Unchecked {
		return all, nil
	}
	return all, checkTogether(all)
}

// checkTogether tells what is wrong with settings that are right each by itself: a key that is there twice, of which the
// last would win, and keys to verify with where nothing is verified.
func checkTogether(all [][2]string) error {
	values := map[string]string{}
	for _, kv := range all {
		if _, twice := values[kv[0]]; twice {
			return fmt.Errorf("remote setting %s is there twice", kv[0])
		}
		values[kv[0]] = kv[1]
	}
	// on tells whether one of the settings demands verification; unset is their value when they are not there.
	on := func(unset bool, keys ...string) bool {
		return slices.ContainsFunc(keys, func(key string) bool {
			value, set := values[key]
			if !set {
				return unset && key == keys[0]
			}
			b, err := keyfile.ParseBool(strings.TrimSpace(value))
			return err != nil || b // a list of engines
		})
	}
	for _, kv := range all {
		if strings.HasPrefix(kv[0], "verification-") && !on(false, "sign-verify", "sign-verify-summary") {
			return fmt.Errorf("remote setting %s: neither sign-verify nor sign-verify-summary demands a signature", kv[0])
		}
		if kv[0] == "gpgkeypath" && !on(true, "gpg-verify", "gpg-verify-summary") {
			return fmt.Errorf("remote setting %s: gpg-verify=false, and gpg-verify-summary demands no signature", kv[0])
		}
	}
	return nil
}

// verification returns the lines of the fields about verification.
func (o *RemoteAddOptions) verification(r *Repo) (out [][2]string, err error) {
	add := func(key, value string) { out = append(out, [2]string{key, value}) }
	addBool := func(key string, value *bool) {
		if value != nil {
			add(key, strconv.FormatBool(*value))
		}
	}
	addBool("gpg-verify", o.GPGVerify)
	addBool("gpg-verify-summary", o.GPGVerifySummary)
	var engines []string
	for _, k := range o.VerificationKeys {
		name := k.Engine
		if name == "" {
			name = sign.DefaultEngine
		}
		if k.Key == "" && k.File == "" {
			return nil, fmt.Errorf("verification key of engine %s: neither key nor file", name)
		}
		if slices.Contains(engines, name) {
			return nil, fmt.Errorf("more than one verification key of engine %s; a file can hold several", name)
		}
		engines = append(engines, name)
		if k.Key != "" {
			add("verification-"+name+"-key", k.Key)
		}
		if k.File != "" {
			add("verification-"+name+"-file", k.File)
		}
	}
	wanted := false
	for _, s := range []struct {
		key   string
		value *bool
	}{{"sign-verify", o.SignVerify}, {"sign-verify-summary", o.SignVerifySummary}} {
		if s.value != nil && *s.value && len(engines) > 0 {
			add(s.key, strings.Join(engines, ","))
		} else {
			addBool(s.key, s.value)
		}
		wanted = wanted || s.value != nil && *s.value
	}
	if len(engines) > 0 && !wanted {
		return nil, errors.New("verification keys are given, but neither SignVerify nor SignVerifySummary is true")
	}
	for _, kv := range out {
		if err := r.CheckRemoteSetting(kv[0], kv[1]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// CheckRemoteSetting tells what is wrong with a setting of a remote: a value that could not be used, or a key that
// nothing reads but that looks like one of those which demand signatures, so that whoever wrote it would rely on
// a verification that does not take place. Other keys that are not known are right: programs keep their own there.
func (r *Repo) CheckRemoteSetting(key, value string) error {
	if err := r.checkRemoteValue(key, value); err != nil {
		return fmt.Errorf("remote setting %s=%s: %w", key, value, err)
	}
	return nil
}

func (r *Repo) checkRemoteValue(key, value string) error {
	switch key {
	case "gpg-verify", "gpg-verify-summary", "tls-permissive", "http2":
		_, err := keyfile.ParseBool(value)
		return err
	case "sign-verify", "sign-verify-summary":
		return r.checkEngineList(value)
	case "gpgkeypath":
		_, err := splitKeyPaths(value)
		return err
	case "collection-id":
		return ValidateCollectionID(value)
	}
	if name, ok := strings.CutPrefix(key, "verification-"); ok {
		if engine, ok := strings.CutSuffix(name, "-key"); ok {
			return r.checkInlineKey(engine, value)
		}
		if engine, ok := strings.CutSuffix(name, "-file"); ok {
			if value == "" {
				return errors.New("no path")
			}
			_, err := r.Engine(engine)
			return err
		}
	}
	near, distance := r.nearestVerificationKey(key)
	lower := strings.ToLower(key)
	if distance <= 3 || slices.ContainsFunc([]string{"verif", "sign", "gpg"}, func(s string) bool { return strings.Contains(lower, s) }) {
		return fmt.Errorf("no such setting; did you mean %s?", near)
	}
	return nil
}

// checkEngineList checks sign-verify: a boolean, or a list of engines.
func (r *Repo) checkEngineList(value string) error {
	if _, err := keyfile.ParseBool(strings.TrimSpace(value)); err == nil {
		return nil
	}
	names := splitEngines(value)
	if len(names) == 0 {
		return errors.New("neither a boolean nor a list of engines")
	}
	for _, n := range names {
		if _, err := r.Engine(n); err != nil {
			return fmt.Errorf("neither a boolean nor a list of engines: %s: %w", n, err)
		}
	}
	return nil
}

func (r *Repo) checkInlineKey(engine, text string) error {
	e, err := sign.ByName(engine, r.engineOptions())
	if err != nil {
		return err
	}
	reader, ok := e.(sign.KeyReader)
	if !ok {
		return fmt.Errorf("%s: keys as text are not supported", engine)
	}
	_, err = reader.PublicKey(text)
	return err
}

// nearestVerificationKey finds the setting about verification whose name takes the fewest edits to get to.
func (r *Repo) nearestVerificationKey(key string) (near string, distance int) {
	names := []string{"gpg-verify", "gpg-verify-summary", "gpgkeypath", "sign-verify", "sign-verify-summary"}
	for _, e := range sign.Engines(r.engineOptions()) {
		if e.Name() != (sign.Dummy{}).Name() {
			names = append(names, "verification-"+e.Name()+"-key", "verification-"+e.Name()+"-file")
		}
	}
	distance = len(key) + len(names[0])
	for _, n := range names {
		if d := editDistance(strings.ToLower(key), n); d < distance {
			near, distance = n, d
		}
	}
	return near, distance
}

// editDistance counts the bytes that must be inserted, deleted or replaced to make b of a.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1) // distances of a's beginning to each beginning of b
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
