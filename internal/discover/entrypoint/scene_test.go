package entrypoint

import "testing"

// TestRefusing holds that the words of the search for what sends somebody away miss nothing that its pattern matches.
func TestRefusing(t *testing.T) {
	for _, text := range []string{
		"return Response(status_code=401)", "raise HTTPException(403)", "raise Unauthorized()", "UNAUTHORISED", "return HttpResponseForbidden()", //nolint:misspell // names of libraries
		"hmac.compare_digest(a, b)", "compareDigest", "crypto.timingSafeEqual(a, b)", "timing_safe_equal", "MethodNotAllowed", "not_allowed",
		"raise PermissionError()", "permission_denied", "PermissionDenied",
	} {
		if !refusing.Pattern.MatchString(text) || !refusing.In("def f():\n    "+text) {
			t.Errorf("%q sends nobody away", text)
		}
	}
	for _, text := range []string{"", "return 200", "port = 14012", "digest(text)", "allowed(user)", "permission"} {
		if refusing.In(text) {
			t.Errorf("%q sends somebody away", text)
		}
	}
}
