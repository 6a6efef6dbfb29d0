"use strict";

/** A time line and the clip above it show the same moment. */
(() => {
  for (const section of document.querySelectorAll("section")) {
    const video = section.querySelector("video");
    const lines = section.querySelector(".lines");
    if (!video || !lines) continue;
    const wide = lines.querySelector(".wide");
    const { left, right, begin, end } = lines.dataset;
    const [from, to, first, last] = [left, right, begin, end].map(Number);
    const head = document.createElement("div");
    head.className = "head";
    wide.append(head);
    const place = (seconds) => from + ((to - from) * (seconds + first)) / last;
    const show = () => {
      head.style.left = `${(100 * place(video.currentTime)).toFixed(3)}%`;
    };
    const go = (seconds) => {
      video.currentTime = Math.max(0, Math.min(seconds, video.duration || Infinity));
      show();
    };
    wide.addEventListener("click", (event) => {
      const box = wide.getBoundingClientRect();
      const share = ((event.clientX - box.left) / box.width - from) / (to - from);
      if (share >= 0 && share <= 1) go(share * last - first);
    });
    lines.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key];
      if (!step) return;
      event.preventDefault();
      go(video.currentTime + step);
    });
    const follow = () => {
      show();
      if (!video.paused) requestAnimationFrame(follow);
    };
    video.addEventListener("play", follow);
    video.addEventListener("seeked", show);
    video.addEventListener("timeupdate", show);
    show();
  }
})();
