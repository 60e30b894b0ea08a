// Package dataurl reads and writes data URLs (RFC 2397) as Ignition understands
// them.
//
//	data:[<type>/<subtype>][;<attribute>=<value>]...[;base64],<data>
//
// [Check] says whether a URL is well formed without keeping its bytes, [Decode]
// returns them, [Escape] writes bytes so that they can follow the comma. The
// grammar is that of the lexer which Ignition uses: a media type must begin
// with one of the registered top-level types or be an x- token, data which is not
// base64 must consist of URL characters, base64 must be padded and may hold line
// feeds. Error texts are the same too, since validation reports show them.
package dataurl
