package rpm

import (
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
)

// ScriptKind is a moment at which a package's scriptlet runs.
type ScriptKind int

// The scriptlets of a package.
const (
	ScriptPreTrans ScriptKind = iota
	ScriptPre
	ScriptPost
	ScriptPreUn
	ScriptPostUn
	ScriptPostTrans
	ScriptVerify
	ScriptPreUnTrans
	ScriptPostUnTrans
)

// scriptTags are the tags of the scriptlets and their names in rpm's messages.
var scriptTags = [...]struct {
	name              string
	body, prog, flags Tag
}{
	ScriptPreTrans:    {"%pretrans", TagPreTrans, TagPreTransProg, TagPreTransFlags},
	ScriptPre:         {"%prein", TagPreIn, TagPreInProg, TagPreInFlags},
	ScriptPost:        {"%post", TagPostIn, TagPostInProg, TagPostInFlags},
	ScriptPreUn:       {"%preun", TagPreUn, TagPreUnProg, TagPreUnFlags},
	ScriptPostUn:      {"%postun", TagPostUn, TagPostUnProg, TagPostUnFlags},
	ScriptPostTrans:   {"%posttrans", TagPostTrans, TagPostTransProg, TagPostTransFlags},
	ScriptVerify:      {"%verify", TagVerifyScript, TagVerifyScriptProg, TagVerifyScriptFlags},
	ScriptPreUnTrans:  {"%preuntrans", TagPreUnTrans, TagPreUnTransProg, TagPreUnTransFlags},
	ScriptPostUnTrans: {"%postuntrans", TagPostUnTrans, TagPostUnTransProg, TagPostUnTransFlags},
}

// String returns the name of the scriptlet in a spec file, as "%post"; that of ScriptPre is "%prein" in rpm's messages.
func (k ScriptKind) String() string { return scriptTags[k].name }

// The bits of Script.Flags.
const (
	ScriptExpand      uint32 = 1 << 0 // macros are to be expanded when it runs
	ScriptQueryFormat uint32 = 1 << 1 // it is a query format of the package's header
	ScriptCritical    uint32 = 1 << 2 // its failure is the transaction's
)

// Script is a scriptlet.
type Script struct {
	// Body is the text that the program is given as a file.
	Body string
	// HasBody tells an empty text from none: without one the program is run by itself, as by %post -p /sbin/ldconfig.
	HasBody bool
	// Prog is the program with its arguments; "<lua>" is rpm's own interpreter. It is never empty: the default is
	// "/bin/sh".
	Prog  []string
	Flags uint32
}

// Script returns a scriptlet of the package, and whether it has it.
func (h *Header) Script(kind ScriptKind) (Script, bool) {
	t := scriptTags[kind]
	s := Script{Body: h.String(t.body), HasBody: h.Has(t.body), Prog: h.Strings(t.prog), Flags: h.Uint32(t.flags)}
	if !s.HasBody && len(s.Prog) == 0 {
		return Script{}, false
	}
	if len(s.Prog) == 0 {
		s.Prog = []string{"/bin/sh"}
	}
	return s, true
}

// DefaultTriggerPriority is the priority of a file trigger that names none.
const DefaultTriggerPriority = 1000000

// Trigger is a scriptlet that runs because of another package.
type Trigger struct {
	Script
	// Conditions are the packages whose installation or removal triggers; of a file trigger, the prefixes of paths. The
	// flags have the moment: evr.TriggerIn, TriggerUn, TriggerPostUn, TriggerPreIn.
	Conditions []evr.Dep
	// Priority orders file triggers, greater ones first. Those from 10000 run before a package's own scriptlets.
	Priority uint32
	// Index is the trigger's number among those of its kind in the package.
	Index int
}

// triggerTags are the tags of a kind of triggers.
type triggerTags struct {
	scripts, prog, scriptFlags, names, flags, versions, index, priorities Tag
}

// Triggers returns the triggers on packages.
func (h *Header) Triggers() []Trigger {
	return h.triggers(&triggerTags{
		scripts: TagTriggerScripts, prog: TagTriggerScriptProg, scriptFlags: TagTriggerScriptFlags,
		names: TagTriggerName, flags: TagTriggerFlags, versions: TagTriggerVersion, index: TagTriggerIndex,
	})
}

// FileTriggers returns the triggers on files that run for each package.
func (h *Header) FileTriggers() []Trigger {
	return h.triggers(&triggerTags{
		scripts: TagFileTriggerScripts, prog: TagFileTriggerScriptProg, scriptFlags: TagFileTriggerScriptFlags,
		names: TagFileTriggerName, flags: TagFileTriggerFlags, versions: TagFileTriggerVersion,
		index: TagFileTriggerIndex, priorities: TagFileTriggerPriorities,
	})
}

// TransFileTriggers returns the triggers on files that run once for a transaction.
func (h *Header) TransFileTriggers() []Trigger {
	return h.triggers(&triggerTags{
		scripts: TagTransFileTriggerScripts, prog: TagTransFileTriggerScriptProg, scriptFlags: TagTransFileTriggerScriptFlags,
		names: TagTransFileTriggerName, flags: TagTransFileTriggerFlags, versions: TagTransFileTriggerVersion,
		index: TagTransFileTriggerIndex, priorities: TagTransFileTriggerPriorities,
	})
}

func (h *Header) triggers(t *triggerTags) []Trigger {
	scripts, progs := h.Strings(t.scripts), h.Strings(t.prog)
	n := max(len(scripts), len(progs))
	if n == 0 {
		return nil
	}
	flags, priorities := h.Uint32s(t.scriptFlags), h.Uint32s(t.priorities)
	list := make([]Trigger, n)
	for i := range list {
		s := &list[i]
		s.Index, s.Priority, s.Prog = i, DefaultTriggerPriority, []string{"/bin/sh"}
		if i < len(scripts) {
			s.Body, s.HasBody = scripts[i], true
		}
		if i < len(progs) {
			s.Prog = progs[i : i+1 : i+1]
		}
		if i < len(flags) {
			s.Flags = flags[i]
		}
		if i < len(priorities) {
			s.Priority = priorities[i]
		}
	}
	deps, index := h.deps(t.names, t.flags, t.versions), h.Uint32s(t.index)
	for j := range min(len(deps), len(index)) {
		if k := index[j]; uint64(k) < uint64(n) {
			list[k].Conditions = append(list[k].Conditions, deps[j])
		}
	}
	return list
}
