import type { ThemeConfig } from 'antd'

/** River blue is the one accent. */
export const RIVER = '#1f5f99'
/** Cinnabar stands for official documents and danger, nothing else (UI12). */
export const CINNABAR = '#c3352b'

export const theme: ThemeConfig = {
  token: {
    colorPrimary: RIVER,
    colorInfo: RIVER,
    colorLink: RIVER,
    colorLinkHover: '#164a7a',
    colorLinkActive: '#163f66',
    colorError: CINNABAR,
    colorErrorHover: '#a32b22', // under the pointer words must still be read
    colorSuccess: '#2a6f3c',
    colorWarning: '#8a5800',
    colorPrimaryBg: '#e9f2fa',
    colorPrimaryBgHover: '#d9e8f5',
    colorInfoBg: '#e9f2fa',
    colorInfoBorder: '#b5d0e8',
    colorSuccessBg: '#edf7ee',
    colorSuccessBorder: '#b9dcc0',
    colorWarningBg: '#fff7e6',
    colorWarningBorder: '#f0d59a',
    colorErrorBg: '#fdf0ee',
    colorErrorBorder: '#efc1bc',
    colorTextSecondary: 'rgba(0,0,0,0.65)',
    colorTextTertiary: 'rgba(0,0,0,0.6)',
    colorTextDescription: 'rgba(0,0,0,0.62)',
    colorTextPlaceholder: 'rgba(0,0,0,0.56)',
    borderRadius: 6,
    fontFamily: '-apple-system, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", "Segoe UI", sans-serif',
  },
  components: {
    Layout: { headerBg: '#ffffff', headerHeight: 56, headerPadding: '0 16px', siderBg: '#ffffff', bodyBg: '#f4f6f8' },
    Menu: { itemBorderRadius: 6, itemHeight: 34, groupTitleFontSize: 12, groupTitleLineHeight: 1.2, itemSelectedColor: '#164a7a' },
  },
}
