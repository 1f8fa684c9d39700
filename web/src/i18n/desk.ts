/** Which keys the desktop page speaks with, and whatever may go wrong on it; the others follow it (UI11). */
export const DESK = /^(app|nav|desk|waiting|notice|shell|person|format|envelope|help|error\.(any|http|unknown))\.|^error\.unknown$|^table\.empty$|^field\.|^approval\.(tab|empty)\.|^item\.(state|empty|untitled)|^column\.(unread|never|empty)/
