package web

// public are the pages that anyone may read.
func (s *Server) public() {
	s.page("GET /{$}", s.home)
	s.page("GET /rules", s.rules)
	s.page("GET /rules/{key}", s.rule)
	s.page("GET /rules/law/{id}", s.statute)
	s.page("GET /rates", s.rates)
	s.page("GET /rates/{set}/{rate}/{body}", s.rate)
	s.page("GET /calendar", s.calendar)
	s.page("POST /calendar", s.publish)
	s.page("GET /ics/{file}", s.feedText)
	s.page("GET /verify", s.verify)
	s.page("POST /verify", s.verifyHere)
	s.page("GET /verify/offline", s.verifyOffline)
	s.page("GET /mediation", s.committees)
	s.page("GET /suggest", s.suggestions)
	s.page("GET /suggest/feed.atom", s.suggestFeed)
	s.page("GET /suggest/call/{number}", s.call)
	s.page("GET /suggest/{number}", s.idea)
	s.page("POST /suggest/alike", s.alikeIdeas)
	s.page("GET /suggest/new", s.suggestStart)
	s.page("POST /suggest/new", s.suggestStep)
	s.page("GET /new", s.openList)
	s.page("GET /new/{procedure}", s.openPage)
	s.page("POST /new/{procedure}", s.openNow)
}

// citizens are the pages of those who bring something in and follow it.
func (s *Server) citizens() {
	s.page("GET /file", s.fileStart)
	s.page("POST /file", s.fileStep)
	s.page("GET /follow", s.followStart)
	s.page("POST /follow", s.followEnter)
	s.page("GET /follow/phone", s.followPhone)
	s.page("POST /follow/phone", s.followAsk)
	s.page("POST /follow/code", s.followCode)
	s.page("GET /mine", s.mine)
	s.page("GET /p/{number}", s.follow)
	s.page("GET /p/{number}/looks", s.looks)
	s.page("GET /p/{number}/calendar", s.citizenFeed)
	s.page("POST /p/{number}/calendar", s.citizenFeed)
	s.page("GET /p/{number}/receipt", s.promise)
	s.page("GET /p/{number}/receipt.json", s.promiseFile)
	s.page("GET /p/{number}/letter/{letter}", s.citizenLetter)
	s.page("GET /p/{number}/file/{hash}", s.citizenFile)
	s.page("GET /p/{number}/do/{action}", s.citizenAsk)
	s.page("POST /p/{number}/do/{action}", s.citizenDo)
	s.page("POST /sign-out", s.signOut)
}

// officers are the pages of the desk.
func (s *Server) officers() {
	s.page("GET /sign-in", s.signInPage)
	s.page("POST /sign-in", s.signIn)
	s.page("POST /sign-in/oidc", s.oidcBegin)
	s.page("GET /sign-in/oidc", s.oidcFinish)
	if s.opt.Demo {
		s.page("GET /demo", s.demo)
		s.page("POST /demo/sign-in", s.demoSignIn)
		s.mux.HandleFunc("GET /demo/roles", s.demoRoles)
	}
	s.page("GET /posts", s.posts)
	s.page("POST /posts", s.usePost)
	s.page("GET /desk", s.list)
	s.page("GET /calendar/mine", s.officerFeed)
	s.page("POST /calendar/mine", s.officerFeed)
	s.page("GET /search", s.search)
	s.page("GET /m/{id}", s.matter)
	s.page("POST /m/{id}/note", s.note)
	s.page("GET /m/{id}/identity", s.identityAsk)
	s.page("POST /m/{id}/identity", s.identity)
	s.page("GET /m/{id}/letter/{letter}", s.officerLetter)
	s.page("POST /m/{id}/letter/{letter}", s.officerLetter)
	s.page("GET /m/{id}/file/{hash}", s.officerFile)
	s.page("GET /m/{id}/do/{action}", s.officerAsk)
	s.page("POST /m/{id}/do/{action}", s.officerDo)
	s.page("POST /m/{id}/side/{entry}", s.handout)
	s.page("GET /calls", s.callPage)
	s.page("POST /calls", s.callNow)
	s.page("GET /suggest/call/{number}/answers", s.answers)
	s.page("GET /register", s.registerPage)
	s.page("POST /register", s.register)
	s.page("GET /print", s.printChoose)
	s.page("POST /print", s.print)
}

// spots are the pages of a street's whistle, for those who stand where it happened.
func (s *Server) spots() {
	s.page("GET /whistles", s.whistles)
	s.page("GET /whistles/live", s.whistlesLive)
	s.page("GET /whistles/new", s.blowPage)
	s.page("POST /whistles/new", s.blow)
	s.page("GET /whistles/{id}", s.whistle)
	s.page("GET /whistles/{id}/do/{action}", s.whistleAsk)
	s.page("POST /whistles/{id}/do/{action}", s.whistleDo)
	s.page("GET /reports/{id}", s.report)
	s.page("POST /reports/{id}/{action}", s.reportDo)
	s.page("GET /reports/{id}/do/{action}", s.reportAsk)
	s.page("POST /reports/{id}/do/{action}", s.reportMore)
}

// leaders are the pages of those who answer for a place, and of those who keep the system.
func (s *Server) leaders() {
	s.page("GET /figures", s.figures)
	s.page("GET /figures/{body}", s.figuresBody)
	s.page("GET /admin", s.adminHome)
	s.page("GET /admin/bodies", s.bodies)
	s.page("GET /admin/bodies/{id}", s.body)
	s.page("GET /admin/hooks", s.hooks)
	s.page("POST /admin/hooks", s.hooks)
	s.page("GET /admin/hooks/{hook}", s.hook)
	s.page("POST /admin/hooks/{hook}", s.pressHook)
	s.page("GET /admin/import", s.importPage)
	s.page("POST /admin/import", s.importRoster)
	s.page("GET /admin/import/template", s.rosterTemplate)
}
