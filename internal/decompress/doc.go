// Package decompress recognizes compressed data by their first bytes and
// decodes them as a stream.
//
// [NewReader] takes any reader and returns the plain data, [Sniff] only tells
// the format of a prefix:
//
//	rc, format, err := decompress.NewReader(body, nil)
//	if err != nil {
//		return err
//	}
//	defer rc.Close()
//	_, err = io.Copy(disk, rc)
//
// The formats are gzip (any number of members), xz (any number of streams and
// blocks, decoded in parallel where the file allows it), zstd, bzip2 and raw: whatever is
// none of the others. Data are handed out as they are decoded, before the
// checksum at their end was verified; they are complete and undamaged when
// Read returns io.EOF. Data that are cut off give an error that wraps
// io.ErrUnexpectedEOF.
//
// Memory is bounded by [Options.MaxMemory]; the size of the decoded data is not
// bounded, which is the business of the caller, who knows what to expect.
package decompress
