package boottest_test

import (
	"io"
	"net/http"
	"os"
	"strings"
)

// handler serves the folder of published files; below /unsigned/ there are no signatures,
// and below /flipped/ one byte is another than in the file.
func (w *world) handler() http.Handler {
	files := http.FileServer(http.Dir(w.www))
	mux := http.NewServeMux()
	mux.Handle("/", files)
	mux.HandleFunc("/unsigned/", func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".sig") {
			http.NotFound(rw, r)
			return
		}
		http.StripPrefix("/unsigned", files).ServeHTTP(rw, r)
	})
	mux.HandleFunc("/flipped/", func(rw http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/flipped/")
		if strings.HasSuffix(name, ".sig") {
			http.StripPrefix("/flipped", files).ServeHTTP(rw, r)
			return
		}
		f, err := os.Open(w.published(name))
		if err != nil {
			http.NotFound(rw, r)
			return
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			http.Error(rw, err.Error(), http.StatusInternalServerError)
			return
		}
		http.ServeContent(rw, r, name, info.ModTime(), &flipped{f, info.Size() / 2})
	})
	return mux
}

// flipped is a file in which one byte is read with one bit changed.
type flipped struct {
	io.ReadSeeker // no method more: nothing else may read
	at            int64
}

func (f *flipped) Read(p []byte) (int, error) {
	pos, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, err
	}
	n, err := f.ReadSeeker.Read(p)
	if i := f.at - pos; i >= 0 && i < int64(n) {
		p[i] ^= 1
	}
	return n, err
}
