package evr

// Flags are the bits that rpm stores beside every dependency: the comparison, the context in
// which it must hold, and how it came about. In trigger conditions they also hold the kind of
// the trigger.
type Flags uint32

// The comparison. No bit means any version.
const (
	Less    Flags = 1 << 1
	Greater Flags = 1 << 2
	Equal   Flags = 1 << 3

	// SenseMask holds the comparison bits and an obsolete one that is never set.
	SenseMask Flags = 15
)

// Context and origin.
const (
	PostTrans     Flags = 1 << 5  // needed by %posttrans
	PreReq        Flags = 1 << 6  // legacy PreReq: needed before installation or removal
	PreTrans      Flags = 1 << 7  // needed by %pretrans
	Interp        Flags = 1 << 8  // the interpreter of a scriptlet
	ScriptPre     Flags = 1 << 9  // needed by %pre
	ScriptPost    Flags = 1 << 10 // needed by %post
	ScriptPreUn   Flags = 1 << 11 // needed by %preun
	ScriptPostUn  Flags = 1 << 12 // needed by %postun
	ScriptVerify  Flags = 1 << 13 // needed by %verify
	FindRequires  Flags = 1 << 14 // generated from the files
	FindProvides  Flags = 1 << 15 // generated from the files
	TriggerIn     Flags = 1 << 16
	TriggerUn     Flags = 1 << 17
	TriggerPostUn Flags = 1 << 18
	MissingOK     Flags = 1 << 19 // a weak dependency of old packages
	PreUnTrans    Flags = 1 << 20 // needed by %preuntrans
	PostUnTrans   Flags = 1 << 21 // needed by %postuntrans
	RPMLib        Flags = 1 << 24 // rpmlib(…), a capability of the implementation
	TriggerPreIn  Flags = 1 << 25
	Keyring       Flags = 1 << 26
	Config        Flags = 1 << 28 // config(…)
	Meta          Flags = 1 << 29 // no influence on the order of installation
)

// Compares reports whether a version is asked for or given at all.
func (f Flags) Compares() bool { return f&SenseMask != 0 }

// Op is the comparison as rpm prints it: "", "<", "<=", "=", ">=", ">" or a nonsensical
// combination such as "<>" in the same manner.
func (f Flags) Op() string { return ops[f>>1&7] }

var ops = [8]string{"", "<", ">", "<>", "=", "<=", ">=", "<>="}

// ParseOp reads a comparison, also in the spellings `==`, `=<` and `=>`.
func ParseOp(s string) (Flags, bool) {
	switch s {
	case "<":
		return Less, true
	case "<=", "=<":
		return Less | Equal, true
	case "=", "==":
		return Equal, true
	case ">=", "=>":
		return Greater | Equal, true
	case ">":
		return Greater, true
	}
	return 0, false
}
