package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"jishi/base/blob"
	"jishi/base/words"
	"jishi/work/matter"
)

// Upload is a stored attachment and the receipt by which a filing or an action takes it up.
type Upload struct {
	Ref  string `json:"ref" doc:"写进 files"`
	Hash string `json:"hash"`
	Name string `json:"name"`
	Type string `json:"type" doc:"按内容判断，不看扩展名"`
	Size int64  `json:"size"`
}

// ref signs what was stored: without the signature, anybody who knows the hash of another matter's attachment
// could attach it to their own and read it there.
func (s *server) ref(f matter.File) string {
	b, err := json.Marshal(f)
	if err != nil {
		panic(err) // a struct of texts and a number
	}
	return base64.RawURLEncoding.EncodeToString(append(s.sign(b), b...))
}

func (s *server) sign(b []byte) []byte {
	m := hmac.New(sha256.New, s.opt.Secret)
	m.Write([]byte("upload\x00"))
	m.Write(b)
	return m.Sum(nil)
}

// attached are the attachments that the receipts stand for.
func (s *server) attached(refs []string) ([]matter.File, error) {
	var list []matter.File
	for i, ref := range refs {
		b, err := base64.RawURLEncoding.DecodeString(ref)
		var f matter.File
		if err != nil || len(b) < sha256.Size || !hmac.Equal(b[:sha256.Size], s.sign(b[sha256.Size:])) || json.Unmarshal(b[sha256.Size:], &f) != nil {
			p := refuse(http.StatusUnprocessableEntity, "bad-ref", "这个附件的 ref 不是我们给的，或者已经失效。").try("请重新上传附件，把回答里的 ref 写进 files。")
			return nil, pointed{p, fmt.Sprintf("#/files/%d", i)}
		}
		list = append(list, f)
	}
	return list, nil
}

func (s *server) files() {
	up := operation{id: "upload", method: "POST", path: "/api/v1/files", tag: "files", summary: "上传一个附件", public: true, scope: "file", status: 201, errors: []int{413, 415, 422},
		who: "任何人都可以上传，随后写进提出的事项或者办理的一步。", refuses: "类型按内容判断，不收的、打不开的、过大的，各说明原因和办法。"}
	s.raw(up, func(h *huma.Operation) {
		upload := s.huma.OpenAPI().Components.Schemas.Schema(typeOf[Upload](), true, "Upload")
		h.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: &huma.Schema{Type: "object",
			Required: []string{"file"}, Properties: map[string]*huma.Schema{"file": {Type: "string", Format: "binary"}}}}}}
		h.Responses["201"] = &huma.Response{Description: "Created", Content: map[string]*huma.MediaType{"application/json": {Schema: upload}}}
	}, s.upload)
	down := operation{id: "download", method: "GET", path: "/api/v1/matters/{id}/files/{hash}", tag: "files", summary: "下载一个附件", scope: "matters:read", errors: []int{404},
		who: "看得到这件事项的人。", refuses: "看不到的和不存在的，回答完全一样：没有找到。"}
	s.raw(down, download("application/octet-stream", "id", "hash"), s.download)
}

func (s *server) upload(w http.ResponseWriter, r *http.Request, c caller) error {
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		return refuse(http.StatusUnsupportedMediaType, "media-type", "附件要以 multipart/form-data 发送，文件放在 file 里。")
	}
	m := multipart.NewReader(http.MaxBytesReader(w, r.Body, blob.Limit+maxJSON), params["boundary"])
	for {
		part, err := m.NextPart()
		if errors.As(err, new(*http.MaxBytesError)) {
			return err
		}
		if err != nil {
			return refuse(http.StatusBadRequest, "no-file", "没有收到附件。").try("请把文件放在名为 file 的部分里。")
		}
		if part.FormName() != "file" || part.FileName() == "" {
			continue
		}
		f, err := s.keep(r, part)
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		return marshal(w, Upload{Ref: s.ref(f), Hash: f.Hash, Name: f.Name, Type: f.Type, Size: f.Size})
	}
}

// keep lets the part lie in a file while it is looked at: a type is told by its bytes, not by their order.
func (s *server) keep(r *http.Request, part *multipart.Part) (matter.File, error) {
	tmp, err := os.CreateTemp("", "jishi-upload-*")
	if err != nil {
		return matter.File{}, fmt.Errorf("api.keep: %w", err)
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	if n, err := io.Copy(tmp, io.LimitReader(part, blob.Limit+1)); err != nil {
		if errors.As(err, new(*http.MaxBytesError)) {
			return matter.File{}, err
		}
		return matter.File{}, refuse(http.StatusBadRequest, "body-cut", "内容没有完整传到。").try("请重新发送。")
	} else if n > blob.Limit {
		return matter.File{}, words.Refuse(words.TooLarge, "attachment-too-large", "这个文件超过了{limit} MB，不能上传。", "limit", blob.Limit>>20)
	}
	return s.desk.Keep(r.Context(), strings.ToValidUTF8(part.FileName(), ""), tmp)
}

func (s *server) download(w http.ResponseWriter, r *http.Request, c caller) error {
	f, content, err := s.desk.Attachment(r.Context(), c.Actor, r.PathValue("id"), r.PathValue("hash"))
	if err != nil {
		return err
	}
	defer content.Close()
	attachment(w, f.Type, f.Name)
	http.ServeContent(w, r, "", time.Time{}, content)
	return nil
}
