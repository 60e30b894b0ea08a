package kargs

import (
	"slices"
	"strings"
)

// Append splits arg like a command line and adds its words at the end, known
// or not. An empty arg adds nothing.
func (a *Args) Append(arg string) {
	for _, w := range Split(arg) {
		a.list = append(a.list, ParseArg(w))
	}
}

// AppendIfMissing adds each word of arg whose key is not in the list yet. A
// key that stands there with another value is left alone; see
// [Args.AppendExactIfMissing].
func (a *Args) AppendIfMissing(arg string) {
	for _, w := range Split(arg) {
		if word := ParseArg(w); !a.Has(word.Key) {
			a.list = append(a.list, word)
		}
	}
}

// AppendExactIfMissing adds each word of arg that is not in the list as it is,
// and tells whether it added one.
func (a *Args) AppendExactIfMissing(arg string) (changed bool) {
	for _, w := range Split(arg) {
		if word := ParseArg(w); !slices.Contains(a.list, word) {
			a.list = append(a.list, word)
			changed = true
		}
	}
	return changed
}

// Set makes arg, which is not split, the only argument of its key. It stands
// where the first one stood, or at the end if there was none.
func (a *Args) Set(arg string) {
	word := ParseArg(arg)
	first := a.index(word.Key)
	if first < 0 {
		a.list = append(a.list, word)
		return
	}
	a.list[first] = word
	rest := slices.DeleteFunc(a.list[first+1:], func(other Arg) bool { return other.Key == word.Key })
	a.list = a.list[:first+1+len(rest)]
}

// Replace gives arguments that must exist a new value, in place. Each word of
// arg has one of the forms
//
//	key=old=new   the argument key=old gets the value new
//	key=new       the only argument of the key gets the value new
//	key           the only argument of the key loses its value
//
// A new value that contains '=' needs the first form. Errors are a
// [*NotFoundError] or an [*AmbiguousError].
func (a *Args) Replace(arg string) error { return a.edit(arg, (*Args).replaceWord) }

func (a *Args) replaceWord(word Arg) error {
	at := a.index(word.Key)
	if at < 0 {
		return &NotFoundError{Key: word.Key}
	}
	if old, value, ok := strings.Cut(word.Value, "="); ok {
		target := Arg{Key: word.Key, Value: old, HasValue: true}
		if at = slices.Index(a.list, target); at < 0 {
			return &NotFoundError{Key: word.Key, Value: old, HasKey: true}
		}
		a.list[at].Value = value
		return nil
	}
	if len(a.Lookup(word.Key)) > 1 {
		return &AmbiguousError{Key: word.Key}
	}
	a.list[at] = word
	return nil
}

// Delete removes one argument for each word of arg. A word with a value
// removes the first argument that equals it. A bare key removes the only
// argument of the key, whatever its value, or of several the one without a
// value. Errors are a [*NotFoundError] or an [*AmbiguousError].
func (a *Args) Delete(arg string) error { return a.edit(arg, (*Args).deleteWord) }

// DeleteIfPresent is [Args.Delete] for those words of arg whose key is in the
// list. A key with another value than the given one is still an error; see
// [Args.DeleteExactIfPresent].
func (a *Args) DeleteIfPresent(arg string) error {
	return a.edit(arg, func(a *Args, word Arg) error {
		if !a.Has(word.Key) {
			return nil
		}
		return a.deleteWord(word)
	})
}

// DeleteExactIfPresent removes, for each word of arg, the first argument that
// equals it, if there is one, and tells whether it removed any.
func (a *Args) DeleteExactIfPresent(arg string) (changed bool) {
	for _, w := range Split(arg) {
		if at := slices.Index(a.list, ParseArg(w)); at >= 0 {
			a.list = slices.Delete(a.list, at, at+1)
			changed = true
		}
	}
	return changed
}

// DeleteKey removes all arguments with the key. The error is a
// [*NotFoundError] if there is none.
func (a *Args) DeleteKey(key string) error {
	if !a.Has(key) {
		return &NotFoundError{Key: key}
	}
	a.list = a.Without(key).list
	return nil
}

func (a *Args) deleteWord(word Arg) error {
	found := a.Lookup(word.Key)
	if len(found) == 0 {
		return &NotFoundError{Key: word.Key}
	}
	target := word
	if len(found) == 1 && !word.HasValue {
		target = found[0]
	}
	at := slices.Index(a.list, target)
	if at < 0 {
		if !word.HasValue {
			return &AmbiguousError{Key: word.Key}
		}
		return &NotFoundError{Key: word.Key, Value: word.Value, HasKey: true}
	}
	a.list = slices.Delete(a.list, at, at+1)
	return nil
}

// edit applies step to each word of arg, all of them or none.
func (a *Args) edit(arg string, step func(*Args, Arg) error) error {
	next := a.Clone()
	for _, w := range wordsOf(arg) {
		if err := step(next, ParseArg(w)); err != nil {
			return err
		}
	}
	a.list = next.list
	return nil
}

// Import appends the arguments of a running kernel, the content of
// /proc/cmdline, but for those that the boot loader added for itself:
// BOOT_IMAGE= (GRUB) and initrd= (systemd-boot).
func (a *Args) Import(cmdline string) {
	for _, w := range Split(strings.TrimRight(cmdline, " \t\n\f\r")) {
		if strings.HasPrefix(w, "BOOT_IMAGE=") || strings.HasPrefix(w, "initrd=") {
			continue
		}
		a.list = append(a.list, ParseArg(w))
	}
}

// Edit is a set of changes as "rpm-ostree kargs" takes them, named like its
// options. Each string may hold several words.
type Edit struct {
	Delete          []string // see [Args.Delete]
	Replace         []string // see [Args.Replace]
	Append          []string // see [Args.Append]
	AppendIfMissing []string // see [Args.AppendExactIfMissing]
	DeleteIfPresent []string // see [Args.DeleteExactIfPresent]
}

// Apply makes the changes to args, in the order of the fields. If one fails,
// none is made. Changed is false if nothing was asked for, or only words that
// are present already or absent already; replacing a value by itself counts
// as a change.
func (e *Edit) Apply(args *Args) (changed bool, err error) {
	next := args.Clone()
	changed = len(e.Delete)+len(e.Replace)+len(e.Append) > 0
	for _, arg := range e.Delete {
		if err := next.Delete(arg); err != nil {
			return false, err
		}
	}
	for _, arg := range e.Replace {
		if err := next.Replace(arg); err != nil {
			return false, err
		}
	}
	for _, arg := range e.Append {
		next.Append(arg)
	}
	for _, arg := range e.AppendIfMissing {
		changed = next.AppendExactIfMissing(arg) || changed
	}
	for _, arg := range e.DeleteIfPresent {
		changed = next.DeleteExactIfPresent(arg) || changed
	}
	args.list = next.list
	return changed, nil
}
