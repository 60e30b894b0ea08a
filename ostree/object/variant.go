package object

import "github.com/nestos-dev/nestos/internal/gvariant"

// Variant is a typed value as it stands in commit metadata, summaries and deltas: a GVariant in
// its serialized form. Numbers in metadata are read as they lie there (little-endian), unless the
// format says that a field is stored big-endian.
type Variant = gvariant.Value

// Dict is an ordered a{sv}, the form of all metadata. Order counts, since it is hashed.
type Dict = gvariant.Dict

// Constructors of the variants that metadata commonly holds.
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
