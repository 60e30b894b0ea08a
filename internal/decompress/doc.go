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
// Two more functions are for data of which not a byte may be lost or ignored.
// [Copy] writes a disk image in one of the formats but bzip2 to its target, on
// all processors, and takes nothing but the image: what follows it is an
// error. [NewSegment] decodes one of the archives that follow each
// other in an initrd, and stops exactly behind it. [IsZero] helps those who write.
//
// Memory is bounded by [Options.MaxMemory] and [CopyOptions.MaxMemory]; the size of the decoded data is not
// bounded, which is the business of the caller, who knows what to expect.
package decompress
