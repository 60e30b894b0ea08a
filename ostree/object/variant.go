package object

import "github.com/nestos-dev/nestos/internal/gvariant"

// Variant is a typed value as it stands in commit metadata, summaries and deltas: a GVariant in
// its serialized form. Numbers in metadata are read as they lie there (little-endian), unless the
// format says that a field is stored big-endian.
//
// Reading never fails and never panics: what is damaged, or of another type, reads as the zero of its type;
// IsNormal tells whether the bytes are as they must be. The zero Variant is invalid. Its methods are
//
//	IsValid, IsNormal, Type, Len, Size          what it is: Type is a GVariant type as "a{sv}"
//	Bool, Byte, Double                          a truth value and numbers
//	Int16, Int32, Int64                         signed numbers, as they lie there
//	Uint16, Uint32, Uint64                      unsigned ones
//	Uint32BE, Uint64BE                          those that the format stores big-endian
//	Str, Strings, ByteArray, ByteString         texts, lists of texts, bytes; ByteString without its NUL
//	Child(i), Children, Variant, Maybe          what is inside
//	Lookup(key), LookupType(key, type)          the value of a key of an a{sv}
//	Text(annotate), String, Bytes, Equal        GVariant text format, serialized form
//	NormalForm, Byteswap                        the same value in the right form, in the other byte order
type Variant = gvariant.Value

// Dict builds an a{sv}, the form of all metadata, and keeps the order of its keys, which counts, since it is
// hashed. The zero value is an empty dictionary. A Dict must not be used by several goroutines at the same
// time. Its methods are
//
//	Set(key, value), Add(key, value)    replace a key or append one; append without looking for the key
//	Get(key), Keys, Len                 what is in it
//	Delete(key), Clone                  remove a key; copy
//	Value, HashOrdered                  the Variant, with keys in order or in the order of GLib's hash table
//
// To read a dictionary that is a [Variant] use its Lookup.
type Dict = gvariant.Dict

// Constructors of the variants that metadata commonly holds; each is a function of the Go value, as in
// NewString("x") or NewStrings([]string{"a", "b"}). [ParseVariant] makes every other one.
var (
	// NewString makes an "s".
	NewString = gvariant.NewString
	// NewStrings makes an "as".
	NewStrings = gvariant.NewStrings
	// NewBool makes a "b".
	NewBool = gvariant.NewBool
	// NewUint32 makes a "u" in little-endian order.
	NewUint32 = gvariant.NewUint32
	// NewUint64 makes a "t" in little-endian order.
	NewUint64 = gvariant.NewUint64
	// NewUint64BE makes a "t" in big-endian order, as timestamps are stored.
	NewUint64BE = gvariant.NewUint64BE
	// NewByteArray makes an "ay" of exactly the given bytes.
	NewByteArray = gvariant.NewByteArray
	// NewByteString makes an "ay" of the text and a terminating NUL.
	NewByteString = gvariant.NewByteString
)

// ParseVariant reads a value in GVariant text format, for example "uint32 5" or "<'x'>".
// wantType is a GVariant type such as "as", or "" to infer it.
func ParseVariant(text, wantType string) (Variant, error) {
	return gvariant.Parse(text, gvariant.Type(wantType))
}
