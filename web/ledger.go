package web

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"jishi/derive/ledger/receipt"
	"jishi/web/proof"
)

// promise is what the citizen keeps of having brought something in.
func (s *Server) promise(v *visit) error {
	f, err := s.promised(v)
	if err != nil {
		return err
	}
	v.page = v.page.Titled("收据")
	_, found := receipt.Check(f, "", nil)
	number := v.r.PathValue("number")
	return v.show(proof.Receipt(v.page, proof.View{Number: number, At: at("/p/", number), Promise: f.Promise, QR: qr(f.Promise), Found: found}))
}

// promiseFile is the same as the file that can be checked anywhere.
func (s *Server) promiseFile(v *visit) error {
	f, err := s.promised(v)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(f, "", "\t")
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "application/json")
	v.w.Header().Set("Content-Disposition", `attachment; filename="receipt.json"`)
	v.w.Header().Set("Cache-Control", "no-store")
	_, err = v.w.Write(append(text, '\n'))
	return err
}

func (s *Server) promised(v *visit) (*receipt.File, error) {
	who, m, err := s.own(v)
	if err != nil {
		return nil, err
	}
	return s.desk.Receipt(v.r.Context(), who, m.Number)
}

// verify is the page on which anyone checks a receipt.
func (s *Server) verify(v *visit) error {
	v.page = v.page.Titled("验证收据")
	return v.show(proof.Verify(v.page, s.desk.Ledger.Keys.Newest(), nil))
}

// verifyHere checks a receipt on this server, for those whose browser runs no scripts.
func (s *Server) verifyHere(v *visit) error {
	v.page = v.page.Titled("验证收据")
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxText)
	file, _, err := v.r.FormFile("receipt")
	switch {
	case errors.Is(err, http.ErrMissingFile):
		return s.verify(v)
	case errors.As(err, new(*http.MaxBytesError)):
		return err
	case err != nil: // no form, or only a part of one
		return cutOff()
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	if err != nil {
		return err
	}
	f, err := receipt.Read(text)
	if err != nil {
		return err
	}
	_, found := receipt.Check(f, v.r.FormValue("key"), nil)
	return v.show(proof.Verify(v.page, s.desk.Ledger.Keys.Newest(), found))
}

// verifyOffline is the checking page as one file to keep.
func (s *Server) verifyOffline(v *visit) error {
	v.page = v.page.Titled("验证收据")
	v.w.Header().Set("Content-Disposition", `attachment; filename="jishi-verify.html"`)
	return v.show(proof.Offline(v.page, s.desk.Ledger.Keys.Newest()))
}
