package decompress

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"github.com/nestos-dev/nestos/internal/inflate"
)

// pieceSlack is the room behind a piece, which must be as large as a page at
// least for the next one to begin at a page.
const pieceSlack = (inflate.Slack + 4095) &^ 4095

// copyGzip decodes a member directly into the pieces. The checksum is
// computed by the goroutine that writes them.
func copyGzip(ctx context.Context, dst io.WriterAt, br *bufio.Reader) (int64, error) {
	if err := inflate.ReadHeader(br); err != nil {
		return 0, fmt.Errorf("opening gzip data: %w", err)
	}
	var sum inflate.Sum
	w, err := newPieceWriter(ctx, dst, inflate.Window, pieceSlack, sum.Add)
	if err != nil {
		return 0, err
	}
	n, err := w.close(inflatePieces(w, inflate.NewDecoder(br)))
	if err != nil {
		return n, err
	}
	return n, sum.ReadTrailer(br)
}

func inflatePieces(w *pieceWriter, d *inflate.Decoder) error {
	p, err := w.next()
	if err != nil {
		return err
	}
	// The first piece has nothing before it that matches may reach.
	buf, start, pos := p.all[inflate.Window:], 0, 0
	for {
		want := start + pieceSize
		end, err := d.Decode(buf, pos, want)
		p.n = min(end, want) - start
		if err != nil && err != io.EOF {
			w.send(p)
			return err
		}
		if end <= want && err == io.EOF {
			w.send(p)
			return nil
		}
		// What reaches behind the piece, and what is before that, goes on in the next one.
		next, nextErr := w.next()
		if nextErr != nil {
			return nextErr
		}
		pos = copy(next.all, buf[want-inflate.Window:end])
		w.send(p)
		p, buf, start = next, next.all, inflate.Window
	}
}
