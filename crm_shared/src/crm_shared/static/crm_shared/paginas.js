// Changes from the browsable pages go out under the version that the page shows, so that none overwrites a newer one.
$.ajaxPrefilter(function (options, _original, request) {
  var etag = document.body.dataset.etag;
  if (etag && ["PUT", "PATCH", "DELETE"].indexOf((options.type || "").toUpperCase()) !== -1) {
    request.setRequestHeader("If-Match", etag);
  }
});

// At the gateway it is the gateway that asks for the token, by the cookie that it set.
if (document.body.dataset.csrf) {
  csrftoken = getCookie(document.body.dataset.csrf) || "";
}
