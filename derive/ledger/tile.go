package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"jishi/base/db"
)

const (
	height  = 8 // of a tile, as c2sp.org/tlog-tiles has it
	width   = 1 << height
	entries = -1 // the level under which the entries stand
)

// reader reads hashes of the tree from its tiles, and those of a step that is not written yet from memory.
type reader struct {
	ctx   context.Context
	from  db.Reader
	fresh map[int64]tlog.Hash
	tiles map[[2]int64][]byte
}

func (r *reader) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var keys [][2]int64
	for _, index := range indexes {
		if _, ok := r.fresh[index]; !ok {
			t := tlog.TileForIndex(height, index)
			keys = append(keys, [2]int64{int64(t.L), t.N})
		}
	}
	if err := r.load(keys); err != nil {
		return nil, err
	}
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if h, ok := r.fresh[index]; ok {
			hashes[i] = h
			continue
		}
		t := tlog.TileForIndex(height, index)
		data := r.tiles[[2]int64{int64(t.L), t.N}]
		t.W = len(data) / sha256.Size
		var err error
		if hashes[i], err = tlog.HashFromTile(t, data, index); err != nil {
			return nil, err
		}
	}
	return hashes, nil
}

// load reads the tiles that were not read yet, each as far as it has grown and nil where there is none: those of a proof in
// one question, because the way to PostgreSQL and back for each was most of what a proof took.
func (r *reader) load(keys [][2]int64) error {
	if r.tiles == nil {
		r.tiles = map[[2]int64][]byte{}
	}
	var where []string
	var args []any
	for _, key := range keys {
		if _, ok := r.tiles[key]; !ok {
			r.tiles[key] = nil
			args = append(args, key[0], key[1])
			where = append(where, fmt.Sprintf("level = $%d AND n = $%d", len(args)-1, len(args)))
		}
	}
	if len(where) == 0 {
		return nil
	}
	return r.from.Each(r.ctx, "SELECT level, n, data FROM ledger_tile WHERE "+strings.Join(where, " OR "), args, func(scan func(...any) error) error {
		var key [2]int64
		var data []byte
		err := scan(&key[0], &key[1], &data)
		r.tiles[key] = data
		return err
	})
}

// tile is the stored tile, as far as it has grown; nil when there is none.
func (r *reader) tile(level, n int64) ([]byte, error) {
	key := [2]int64{level, n}
	err := r.load([][2]int64{key})
	return r.tiles[key], err
}

// grow writes the entries behind a tree of a size: only the tiles at its right edge are touched.
func grow(ctx context.Context, tx *db.Tx, size int64, list [][]byte) error {
	r := &reader{ctx: ctx, from: tx, fresh: map[int64]tlog.Hash{}}
	for i, entry := range list {
		n := size + int64(i)
		hashes, err := tlog.StoredHashes(n, entry, r)
		if err != nil {
			return err
		}
		for j, h := range hashes {
			r.fresh[tlog.StoredHashIndex(0, n)+int64(j)] = h
		}
	}
	for _, t := range tlog.NewTiles(height, size, size+int64(len(list))) {
		data, err := tlog.ReadTileData(t, r)
		if err != nil {
			return err
		}
		if err := putTile(ctx, tx, int64(t.L), t.N, data); err != nil {
			return err
		}
	}
	for len(list) > 0 {
		n := size / width
		had, err := r.tile(entries, n)
		if err != nil {
			return err
		}
		room := min(int(width-size%width), len(list))
		for _, entry := range list[:room] {
			had = append(had[:len(had):len(had)], entry...)
		}
		if err := putTile(ctx, tx, entries, n, had); err != nil {
			return err
		}
		list, size = list[room:], size+int64(room)
	}
	return nil
}

func putTile(ctx context.Context, tx *db.Tx, level, n int64, data []byte) error {
	return tx.Put(ctx, `INSERT INTO ledger_tile (level, n, data) VALUES ($1, $2, $3)
		ON CONFLICT (level, n) DO UPDATE SET data = excluded.data`, level, n, data)
}

// Tile is one tile of the published tree: level 0 and up, or -1 for the bundle of entries, each led by its length
// (c2sp.org/tlog-tiles). w is how much of it is asked for; ErrNone when the tree has not grown that far.
func (l *Ledger) Tile(ctx context.Context, level, n int64, w int) ([]byte, error) {
	data, err := (&reader{ctx: ctx, from: l.DB}).tile(level, n)
	if err != nil {
		return nil, fmt.Errorf("ledger.Tile: %w", err)
	}
	if w < 1 || w > width || len(data) < w*sha256.Size {
		return nil, ErrNone
	}
	data = data[:w*sha256.Size]
	if level != entries {
		return data, nil
	}
	var bundle []byte
	for i := range w {
		bundle = binary.BigEndian.AppendUint16(bundle, sha256.Size)
		bundle = append(bundle, data[i*sha256.Size:(i+1)*sha256.Size]...)
	}
	return bundle, nil
}
