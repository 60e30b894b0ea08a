// Package vmur reads the listing of z/VM's virtual reader that `vmur list`
// prints: one line per spool file below a line of headings.
//
//	ORIGINID FILE CLASS RECORDS  CPY HOLD DATE  TIME     NAME      TYPE     DIST
//	VMA      0008 T PUN 00000045 001 NONE 06-06 18:28:05 machine   ign      VMADIST
package vmur

import (
	"slices"
	"strings"
)

// File is a file in the reader's queue.
type File struct {
	SpoolID    string // number in the queue
	Name, Type string // the two parts of a CMS file name
}

// List returns the files of a listing. Lines with too few columns are no files;
// the first line with less than two columns ends the listing.
func List(listing string) []File {
	const (
		spoolID = 1
		name    = 9
		kind    = 10
	)
	var files []File
	for line := range strings.SplitSeq(listing, "\n") {
		columns := strings.Fields(line)
		if len(columns) < 2 {
			break
		}
		if len(columns) > kind {
			files = append(files, File{columns[spoolID], columns[name], columns[kind]})
		}
	}
	return files
}

// Find returns the first file of a type.
func Find(files []File, kind string) (File, bool) {
	n := slices.IndexFunc(files, func(f File) bool { return f.Type == kind })
	if n < 0 {
		return File{}, false
	}
	return files[n], true
}
